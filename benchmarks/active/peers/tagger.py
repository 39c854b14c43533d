"""Trinity's TaggerEstimator."""

from functools import partial
from typing import Any

from benchmarks.active.peers.words import Both, digest, found_spans, kinds, load, result, timed  # noqa: F401
from etl.conll.coded import code
from etl.conll.schemes import spans, tags
from etl.conll.vocabulary import characters, words
from etl.engine import choose
from models.tagger.estimator import TaggerEstimator
from models.tagger.tagger import tagger

PAPER = "CNN-CNN-LSTM of the paper"
SIZES: dict[str, Any] = {
    "CNN-CRF, 256 filters": ("crf", {"filters": 256}, {}),
    "CNN-LSTM, 256 filters": ("lstm", {"filters": 256}, {"hidden": 128}),
    PAPER: ("lstm", {"filters": 800}, {"hidden": 256}),
}
"""Decoder, and options of encoder and decoder."""


def run(data: Both, threads: int, network: str, epochs: int, batch: int, most: int, seed: int) -> Any:
    """Train, decode the test sentences, and be judged; ``most`` sentences of each part count."""
    import torch

    torch.set_num_threads(threads)
    data = Both(data.train[:most], data.test[:most])
    word, letter = words(data.train.words), characters(data.train.words)
    train, test = (code(part, word, letter, choose("cpu")) for part in data)
    train = type(train)(
        train.words, train.characters, train.starts, tags(found_spans(data.train), train.starts)
    )
    decoder, above, below = SIZES[network]
    names = kinds(data.train)
    module = partial(
        tagger, len(word), len(letter), len(names), decoder=decoder, lexical_options={"dropout": 0.25},
        encoder_options=above, decoder_options=below,
    )  # fmt: skip
    own: dict[str, Any] = {} if network == PAPER else {"optimizer": "adam", "lr": 0.002, "decay": True}
    model = TaggerEstimator(module, epochs=epochs, batch_size=batch, random_state=seed, **own)
    model.decode_tokens = 2 * batch * data.test.tokens // len(data.test)
    seconds = {"train": timed(lambda: model.fit(train))[1]}
    found, seconds["decode"] = timed(lambda: model.predict(test))
    named = spans(found, test.starts, names, "BIOES")
    count = sum(p.numel() for p in model.module_.parameters())
    return result(data, named, seconds, count, epochs)
