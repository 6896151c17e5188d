"""Makes small models on disk: any architecture of mlx-lm from a config, random weights, a byte-level tokenizer.

`make_model(folder)` gives a Qwen2 that a test can train in seconds; `make_model(folder, CONFIGS["mixtral"])` others.
"""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_map
from mlx_lm.utils import _get_classes, quantize_model
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

VOCABULARY = 320
TIED_BY_ABSENCE = ("gemma3_text", "recurrent_gemma")
"""Models whose head is tied exactly where the weights have none."""
SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

_SIZES: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "rms_norm_eps": 1e-5,
    "vocab_size": VOCABULARY,
    "rope_theta": 10000.0,
    "max_position_embeddings": 512,
    "tie_word_embeddings": True,
}
_EXPERTS: dict[str, Any] = {
    "num_experts": 4,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "shared_expert_intermediate_size": 32,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "norm_topk_prob": True,
}
_LINEAR_ATTENTION: dict[str, Any] = {
    "linear_num_value_heads": 4,
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "linear_conv_kernel_dim": 4,
    "full_attention_interval": 2,
    "partial_rotary_factor": 0.5,
}
_DEEPSEEK: dict[str, Any] = {
    "num_key_value_heads": 4,
    "kv_lora_rank": 32,
    "q_lora_rank": 24,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "v_head_dim": 16,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
}


def config(model_type: str, *parts: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """A config.json of two small layers, with whatever else the architecture needs."""
    merged = {"model_type": model_type, **_SIZES}
    for part in parts:
        merged |= part
    return merged | settings


CONFIGS: dict[str, dict[str, Any]] = {
    "qwen2": config("qwen2"),
    "llama": config("llama"),
    "gemma3_text": config("gemma3_text", sliding_window_pattern=2, query_pre_attn_scalar=16),
    "mixtral": config("mixtral", _EXPERTS),
    "phimoe": config(
        "phimoe",
        _EXPERTS,
        rope_scaling={
            "type": "longrope",
            "short_factor": [1.0] * 8,
            "long_factor": [1.0] * 8,
            "short_mscale": 1.0,
            "long_mscale": 1.0,
        },
    ),
    "qwen3_moe": config("qwen3_moe", _EXPERTS),
    "olmoe": config("olmoe", _EXPERTS),
    "qwen2_moe": config("qwen2_moe", _EXPERTS),
    "qwen3_next": config("qwen3_next", _EXPERTS, _LINEAR_ATTENTION),
    "qwen3_5": {"model_type": "qwen3_5", "text_config": config("qwen3_5_text", _LINEAR_ATTENTION)},
    "deepseek_v3": config("deepseek_v3", _EXPERTS, _DEEPSEEK),
    "kimi_k25": {"model_type": "kimi_k25", "text_config": config("deepseek_v3", _EXPERTS, _DEEPSEEK)},
    "gpt_oss": config("gpt_oss", _EXPERTS, layer_types=["sliding_attention", "full_attention"]),
    "phi3": config("phi3"),
    "glm4": config("glm4", attention_bias=True, partial_rotary_factor=0.5),
    "gpt2": {
        "model_type": "gpt2",
        "n_ctx": 512,
        "n_embd": 64,
        "n_head": 4,
        "n_layer": 2,
        "n_positions": 512,
        "layer_norm_epsilon": 1e-5,
        "vocab_size": VOCABULARY,
    },
    "lfm2": config(
        "lfm2",
        norm_eps=1e-5,
        conv_bias=False,
        conv_L_cache=3,
        block_dim=64,
        block_ff_dim=96,
        block_multiple_of=16,
        block_ffn_dim_multiplier=1.0,
        block_auto_adjust_ff_dim=False,
        full_attn_idxs=[1],
    ),
    "mamba2": config(
        "mamba2",
        num_heads=8,
        head_dim=16,
        intermediate_size=128,
        state_size=16,
        layer_norm_epsilon=1e-5,
        conv_kernel=4,
        n_groups=1,
        use_bias=False,
        use_conv_bias=True,
        time_step_limit=[0.0, 100.0],
        time_step_rank="auto",
    ),
    "granitemoehybrid": config(
        "granitemoehybrid",
        _EXPERTS,
        attention_bias=False,
        embedding_multiplier=1.0,
        attention_multiplier=0.25,
        logits_scaling=1.0,
        residual_multiplier=1.0,
        layer_types=["mamba", "attention"],
        shared_intermediate_size=32,
        mamba_n_heads=8,
        mamba_d_head=16,
        mamba_proj_bias=False,
        mamba_d_state=16,
        mamba_d_conv=4,
        mamba_n_groups=1,
        mamba_conv_bias=True,
    ),
    "gemma3n": {
        "model_type": "gemma3n",
        "text_config": config(
            "gemma3n_text",
            num_kv_shared_layers=0,
            vocab_size_per_layer_input=VOCABULARY,
            sliding_window=64,
            rope_local_base_freq=10000.0,
            final_logit_softcapping=30.0,
            layer_types=["sliding_attention", "full_attention"],
            activation_sparsity_pattern=[0.5, 0.0],
            hidden_size_per_layer_input=16,
            altup_num_inputs=4,
            altup_coef_clip=120.0,
            altup_correct_scale=True,
            altup_active_idx=0,
            laurel_rank=8,
        ),
    },
    "recurrent_gemma": config(
        "recurrent_gemma",
        attention_bias=False,
        conv1d_width=4,
        logits_soft_cap=30.0,
        num_key_value_heads=1,
        attention_window_size=64,
        block_types=["recurrent", "attention"],
    ),
    "nemotron_h": config(
        "nemotron_h",
        attention_bias=False,
        mamba_num_heads=8,
        mamba_head_dim=16,
        mamba_proj_bias=False,
        ssm_state_size=16,
        conv_kernel=4,
        n_groups=1,
        mlp_bias=False,
        layer_norm_epsilon=1e-5,
        use_bias=False,
        use_conv_bias=True,
        hybrid_override_pattern=["M", "*", "-"],
        time_step_limit=[0.0, 100.0],
    ),
    "plamo2": config("plamo2", hidden_size_per_head=16, mamba_d_state=16, mamba_num_heads=4),
    "dbrx": {
        "model_type": "dbrx",
        "vocab_size": VOCABULARY,
        "d_model": 64,
        "n_layers": 2,
        "n_heads": 4,
        "ffn_config": {"ffn_hidden_size": 96, "moe_num_experts": 4, "moe_top_k": 2},
        "attn_config": {"kv_n_heads": 2, "clip_qkv": 8.0, "rope_theta": 10000.0},
    },
    "rwkv7": config(
        "rwkv7", norm_eps=1e-5, a_low_rank_dim=64, v_low_rank_dim=64, gate_low_rank_dim=64, decay_low_rank_dim=64
    ),
    "afm7": {
        "model_type": "afm7",
        "vocab_size": VOCABULARY,
        "hidden_dim": 64,
        "num_layers": 3,
        "num_kv_reuse_layers": 1,
        "num_heads": 4,
        "num_kv_heads": 2,
    },
    "llama4": {
        "model_type": "llama4",
        "text_config": config(
            "llama4_text",
            _EXPERTS,
            num_experts_per_tok=1,
            attention_bias=False,
            attention_chunk_size=128,
            num_hidden_layers=4,
            interleave_moe_layer_step=2,
            intermediate_size_mlp=96,
            rope_scaling=None,
            use_qk_norm=True,
        ),
    },
}


def make_model(
    folder: Path,
    config: dict[str, Any] | None = None,
    *,
    chat_template: str | None = CHATML,
    seed: int = 0,
    quantized_bits: int | None = None,
) -> Path:
    """Writes a loadable model into `folder`: config.json, random float32 weights, tokenizer. Returns the folder.

    `quantized_bits` quantises as mlx-lm's own conversion does, in groups of 32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = dict(config or CONFIGS["qwen2"])
    model = random_model(config, seed)
    if quantized_bits:
        model, config = quantize_model(model, config, 32, quantized_bits)
    weights = dict(tree_flatten(model.parameters()))
    if config["model_type"] in TIED_BY_ABSENCE:
        weights = {name: array for name, array in weights.items() if not name.startswith("lm_head.")}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    config = {"eos_token_id": SPECIAL_TOKENS.index("<|im_end|>") + 256, **config}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    make_tokenizer(folder, chat_template=chat_template)
    return folder


def random_model(config: dict[str, Any], seed: int = 0) -> nn.Module:
    """The model of a config in float32. What starts at zero is drawn at random too, so that every part counts."""
    model_class, arguments_class = _get_classes(config)
    mx.random.seed(seed)
    model: nn.Module = model_class(arguments_class.from_dict(json.loads(json.dumps(config))))
    model.update(tree_map(_random_like, model.parameters()))
    mx.eval(model.parameters())
    return model


def make_tokenizer(folder: Path, *, chat_template: str | None = CHATML) -> None:
    """A byte-level tokenizer of 259 ids: the bytes, then SPECIAL_TOKENS; it ends a turn with <|im_end|>."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 512,
        "clean_up_tokenization_spaces": False,
    }
    if chat_template is not None:
        settings["chat_template"] = chat_template
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))


def _random_like(array: mx.array) -> mx.array:
    if not mx.issubdtype(array.dtype, mx.floating):
        return array
    if array.ndim <= 1:
        return array.astype(mx.float32) + 0.02 * mx.random.normal(array.shape)
    drawn: mx.array = mx.random.normal(array.shape) * (0.5 / array.shape[-1] ** 0.5)
    return drawn
