"""Plain text to tokens, the same for training and for inference. Knows tokenizers, not chats."""

from mlx_lm.tokenizer_utils import TokenizerWrapper


def encode_plain(tokenizer: TokenizerWrapper, text: str) -> list[int]:
    """With one BOS where the model has one, written in the text or not, and no EOS that the text does not have."""
    begins = tokenizer.bos_token is not None and text.startswith(tokenizer.bos_token)
    ids = list(tokenizer.encode(text, add_special_tokens=not begins))
    # Some tokenizers close every text with EOS; a prompt is to be continued.
    if len(ids) > 1 and ids[-1] == tokenizer.eos_token_id and not text.endswith(tokenizer.eos_token):
        ids.pop()
    return ids
