"""Tiny configurations of mlx-lm's architectures: CONFIGS of each kind with care, EVERY of all that define a model.

Data only; tiny_models makes models of them.
"""

from typing import Any

VOCABULARY = 320

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


_GENERIC: dict[str, Any] = {
    **_SIZES,
    **_EXPERTS,
    **_LINEAR_ATTENTION,
    **_DEEPSEEK,
    "num_key_value_heads": 2,
    "tie_word_embeddings": False,
    "norm_eps": 1e-5,
    "layer_norm_eps": 1e-5,
    "layer_norm_epsilon": 1e-5,
    "layernorm_epsilon": 1e-5,
    "attention_bias": False,
    "mlp_bias": False,
    "rope_traditional": False,
    "rope_scaling": None,
    "sliding_window": 64,
    "sliding_window_pattern": 2,
    "layer_types": ["sliding_attention", "full_attention"],
    "query_pre_attn_scalar": 16,
    "final_logit_softcapping": 30.0,
    "attn_logit_softcapping": 50.0,
    "attention_multiplier": 0.25,
    "embedding_multiplier": 1.0,
    "logits_scaling": 1.0,
    "residual_multiplier": 1.0,
    # the names of earlier and of smaller families
    "n_embd": 64,
    "n_head": 4,
    "n_layer": 2,
    "n_positions": 512,
    "n_ctx": 512,
    "n_inner": 96,
    "num_layers": 2,
    "num_heads": 4,
    "num_kv_heads": 2,
    "hidden_dim": 64,
    "num_kv_reuse_layers": 1,
    # mixtures, every expert asked for every token
    "moe_num_experts": 4,
    "num_experts_per_tok": 4,
    "num_experts_per_token": 4,
    "moe_top_k": 4,
    "moe_topk": 4,
    "moe_k": 4,
    "top_k_experts": 4,
    "num_shared_experts": 1,
    "num_shared_expert": 1,
    "moe_num_shared_experts": 1,
    "moe_shared_expert_intermediate_size": 32,
    "shared_intermediate_size": 32,
    "share_expert_dim": 32,
    "moe_layer_freq": 1,
    "num_expert_group": 1,
    "routed_scaling_factor": 1.0,
    "scoring_func": "sigmoid",
    "topk_method": "noaux_tc",
    "use_qk_norm": True,
    # indexers of sparse attention
    "index_head_dim": 16,
    "index_n_heads": 2,
    "index_topk": 8,
    # linear attention and state spaces
    "layer_group_size": 2,
    "group_norm_size": 1,
    "state_size": 16,
    "ssm_state_size": 16,
    "conv_kernel": 4,
    "n_groups": 1,
    "use_bias": False,
    "use_conv_bias": True,
    "time_step_rank": "auto",
    "time_step_limit": [0.0, 100.0],
    "mamba_num_heads": 8,
    "mamba_head_dim": 16,
    "mamba_n_heads": 8,
    "mamba_d_head": 16,
    "mamba_n_groups": 1,
    "mamba_d_ssm": 128,
    "mamba_d_conv": 4,
    "mamba_d_state": 16,
    "mamba_expand": 2,
    "mamba_chunk_size": 16,
    "mamba_conv_bias": True,
    "mamba_proj_bias": False,
}
"""Names that architectures agree on; each reads its own."""

_ROPE = {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0}
_ROPES = {"sliding_attention": _ROPE, "full_attention": _ROPE}
_KIMI_LINEAR = {"num_heads": 4, "head_dim": 16, "short_conv_kernel_size": 4, "kda_layers": [1], "full_attn_layers": [2]}
_LONGCAT: dict[str, Any] = {
    "attention_method": "MLA",
    "zero_expert_type": "identity",
    "zero_expert_num": 2,
    "moe_topk": 6,
    "ffn_hidden_size": 96,
    "expert_ffn_hidden_size": 32,
    "mla_scale_q_lora": True,
    "mla_scale_kv_lora": True,
}
_LFM2: dict[str, Any] = {
    "conv_bias": False,
    "conv_L_cache": 3,
    "block_dim": 64,
    "block_ff_dim": 96,
    "block_multiple_of": 16,
    "block_ffn_dim_multiplier": 1.0,
    "block_auto_adjust_ff_dim": False,
    "full_attn_idxs": [1],
}
_GEMMA4: dict[str, Any] = {
    "num_hidden_layers": 4,
    "global_head_dim": 32,
    "vocab_size_per_layer_input": VOCABULARY,
    "hidden_size_per_layer_input": 16,
    "num_kv_shared_layers": 2,
    "layer_types": ["sliding_attention", "full_attention"] * 2,
    "enable_moe_block": True,
}
_LLAMA4: dict[str, Any] = {
    "num_hidden_layers": 4,
    "num_experts_per_tok": 1,
    "attention_chunk_size": 128,
    "interleave_moe_layer_step": 2,
    "intermediate_size_mlp": 96,
    "no_rope_layers": [1, 1, 1, 0],
}
_MINICPM = {"dim_model_base": 64, "scale_depth": 1.4, "scale_emb": 1.0}

_SPECIAL: dict[str, dict[str, Any]] = {
    "afmoe": {"num_dense_layers": 1},
    "apertus": {"post_norm": False, "qk_norm": True},
    "baichuan_m1": {"sliding_window_layers": [0], "conv_window": 2},
    "dbrx": CONFIGS["dbrx"] | {"ffn_config": {"ffn_hidden_size": 96, "moe_num_experts": 4, "moe_top_k": 4}},
    "deepseek_v2": {"rope_scaling": {"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 256}},
    "exaone4": {"sliding_window_pattern": "LG", "rope_scaling": {"rope_type": "default"}},
    "exaone_moe": {"is_moe_layer": [False, True]},
    "gemma4_text": _GEMMA4,
    "glm_moe_dsa": {"rope_parameters": _ROPE},
    "gptj": {"rotary_dim": 8},
    "gpt_neox": {"rotary_emb_base": 10000, "rotary_pct": 0.5},
    "granitemoehybrid": {"layer_types": ["mamba", "attention"]},
    "hunyuan": {
        "use_mixed_mlp_moe": True,
        "use_cla": True,
        "cla_share_factor": 2,
        "rope_scaling": {"type": "dynamic", "factor": 1.0, "alpha": 1.0},
    },
    "jamba": {"attn_layer_offset": 1, "attn_layer_period": 2, "expert_layer_offset": 1, "expert_layer_period": 2},
    "kimi_k3": {
        "linear_attn_config": _KIMI_LINEAR,
        "activation_situ_beta": 4.0,
        "activation_situ_linear_beta": 25.0,
        "attn_res_block_size": 2,
        "mla_use_output_gate": True,
        "num_key_value_heads": 4,
    },
    "kimi_linear": {"linear_attn_config": _KIMI_LINEAR, "model_max_length": 512, "num_key_value_heads": 4},
    "lfm2": _LFM2,
    "lfm2_moe": _LFM2 | {"use_expert_bias": True, "num_dense_layers": 1},
    "lille-130m": {"block_size": 512, "n_kv_heads": 2},
    "llama4_text": _LLAMA4 | {"use_qk_norm": True},
    "longcat_flash": _LONGCAT,
    "longcat_flash_ngram": _LONGCAT | {"ngram_vocab_size_ratio": 2},
    "mamba2": CONFIGS["mamba2"],
    "mellum": {"rope_parameters": _ROPES},
    "mimo_v2_flash": {
        "hybrid_layer_pattern": [1, 0],
        "moe_layer_freq": [0, 1],
        "add_swa_attention_sink_bias": True,
        "add_full_attention_sink_bias": False,
        "sliding_window_size": 64,
        "swa_rope_theta": 10000.0,
        "swa_num_attention_heads": 4,
        "swa_num_key_value_heads": 2,
        "swa_head_dim": 16,
        "swa_v_head_dim": 16,
    },
    "minicpm": _MINICPM,
    "minicpm3": _MINICPM
    | {
        "rope_scaling": {
            "short_factor": [1.0] * 4,
            "long_factor": [1.0] * 4,
            "original_max_position_embeddings": 512,
            "type": "longrope",
        }
    },
    "minimax": {"rotary_dim": 8},
    "ministral3": {"rope_parameters": _ROPE | {"llama_4_scaling_beta": 0.1, "original_max_position_embeddings": 512}},
    "mistral4": {"rope_parameters": _ROPE | {"llama_4_scaling_beta": 0.1, "original_max_position_embeddings": 512}},
    "nemotron": {"hidden_act": "relu2"},
    "nemotron-nas": {
        "block_configs": [
            {"attention": {"n_heads_in_group": 2}, "ffn": {"ffn_mult": 1.0}},
            {"attention": {"replace_with_linear": True}, "ffn": {"replace_with_linear": True}},
        ]
    },
    "nemotron_h": {"layer_types": None, "hybrid_override_pattern": ["M", "*", "-", "E"], "moe_latent_size": 32},
    "olmo_hybrid": {"linear_allow_neg_eigval": True, "layer_types": ["linear_attention", "full_attention"]},
    "openelm": {
        "num_transformer_layers": 2,
        "model_dim": 64,
        "ffn_dim_divisor": 16,
        "num_query_heads": [4, 4],
        "num_kv_heads": [2, 2],
        "ffn_multipliers": [1.5, 1.5],
    },
    "phi3small": {
        "dense_attention_every_n_layers": 2,
        "ff_intermediate_size": 96,
        "gegelu_limit": 20.0,
        "vocab_size": 100_352,
        "hidden_size": 32,
    },
    "phimoe": CONFIGS["phimoe"] | {"num_experts_per_tok": 4},
    "phixtral": {"num_vocab": VOCABULARY, "model_dim": 64, "rotary_dim": 8},
    "plamo": {"n_shared_head": 2},
    "qwen": {"kv_channels": 16},
    "recurrent_gemma": CONFIGS["recurrent_gemma"],
    "rwkv7": CONFIGS["rwkv7"],
    "spark2_5": {"rope_parameters": _ROPES},
    "stablelm": {"use_qkv_bias": True},
    "step3p5": {"num_attention_groups": 2, "moe_layers_enum": "1"},
}
"""What an architecture needs beyond the generic names, or otherwise."""

_LANGUAGE_PART = {
    "gemma3": "gemma3_text",
    "gemma4": "gemma4_text",
    "kimi_k25": "deepseek_v3",
    "kimi_vl": "deepseek_v3",
    "lfm2-vl": "lfm2",
    "llama4": "llama4_text",
    "minimax_m3_vl": "minimax_m3_text",
    "mistral3": "ministral3",
    "pixtral": "llama",
    "qwen2_vl": "qwen2",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
    "qwen3_vl": "qwen3",
    "qwen3_vl_moe": "qwen3_moe",
}
"""Architectures that hold their language model in `text_config`, and its own type."""

_LANGUAGE_PART_SPECIAL: dict[str, dict[str, Any]] = {
    "minimax_m3_vl": {
        "dense_intermediate_size": 96,
        "moe_layer_freq": [0, 1],
        "layer_types": ["full_attention", "minimax_m3_sparse"],
        "index_block_size": 8,
        "index_topk_blocks": 2,
    },
    "qwen3_5": {"rope_parameters": _ROPE | {"mrope_section": [2, 1, 1]}, "num_experts": 0},
    "qwen3_5_moe": {"rope_parameters": _ROPE | {"mrope_section": [2, 1, 1]}},
    "llama4": {"use_qk_norm": True, "rope_scaling": None},
}


def every_config(module: str) -> dict[str, Any]:
    """A tiny configuration for one of the modules of mlx_lm.models that define a model."""
    if module in CONFIGS and module == "gemma3n":
        return CONFIGS[module]
    if module in _LANGUAGE_PART:
        part = _LANGUAGE_PART[module]
        special = _SPECIAL.get(part, {}) | _LANGUAGE_PART_SPECIAL.get(module, {})
        return {
            "model_type": module,
            "vocab_size": VOCABULARY,
            "text_config": {**_GENERIC, "model_type": part, **special},
        }
    return {**_GENERIC, "model_type": module, **_SPECIAL.get(module, {})}
