"""Flair's SequenceTagger: a BiLSTM-CRF over learnt vectors of words and a BiLSTM over characters."""

import importlib
import itertools
import logging
import tempfile
from typing import Any

import numpy as np

from benchmarks.active.peers.words import Both, digest, found_spans, load, result, timed  # noqa: F401
from etl.conll.corpus import Corpus
from etl.conll.schemes import Spans, types


def run(data: Both, threads: int, network: str, epochs: int, batch: int, most: int, seed: int) -> Any:
    """Train, decode the test sentences, and be judged; ``most`` sentences of each part count."""
    flair: Any = importlib.import_module("flair")
    torch = importlib.import_module("torch")
    logging.getLogger("flair").setLevel(logging.ERROR)
    torch.set_num_threads(threads)
    flair.device = torch.device("cpu")
    flair.set_seed(seed)
    data = Both(data.train[:most], data.test[:most])
    train, test = (sentences(flair, part) for part in data)
    model = build(train)
    seconds = {"train": timed(lambda: learn(model, train, epochs, batch))[1]}
    for sentence in test:
        sentence.remove_labels("ner")
    _, seconds["decode"] = timed(lambda: model.predict(test, mini_batch_size=2 * batch))
    count = sum(p.numel() for p in model.parameters())
    return result(data, read(test, types(data.train.names)), seconds, count, epochs)


def sentences(flair: Any, corpus: Corpus) -> list[Any]:
    """Flair's sentences, with their spans."""
    text, starts = corpus.words.to_pylist(), corpus.starts
    found = [flair.data.Sentence(text[a:b]) for a, b in itertools.pairwise(starts)]
    names = types(corpus.names)
    for row, begin, end, kind in zip(*found_spans(corpus), strict=True):
        found[row][int(begin) : int(end)].add_label("ner", names[kind])
    return found


def build(train: list[Any]) -> Any:
    """The network, of vectors and hidden numbers as many as those of Trinity's."""
    data, embeddings = importlib.import_module("flair.data"), importlib.import_module("flair.embeddings")
    models = importlib.import_module("flair.models")
    corpus = data.Corpus(train, sample_missing_splits=False)
    words = embeddings.OneHotEmbeddings.from_corpus(corpus, min_freq=1, embedding_length=100)
    stacked = embeddings.StackedEmbeddings([words, embeddings.CharacterEmbeddings(letters(train))])
    return models.SequenceTagger(
        embeddings=stacked,
        tag_dictionary=corpus.make_label_dictionary("ner", add_unk=False),
        tag_type="ner",
        hidden_size=128,
        use_crf=True,
        reproject_embeddings=False,
        allow_unk_predictions=False,
    )


def letters(train: list[Any]) -> Any:
    """The characters there are; the list that Flair takes else is fetched from the web."""
    known = importlib.import_module("flair.data").Dictionary()
    for letter in sorted({letter for sentence in train for token in sentence for letter in token.text}):
        known.add_item(letter)
    return known


def learn(model: Any, train: list[Any], epochs: int, batch: int) -> None:
    """Flair's own training, by its own step size."""
    data, trainers = importlib.import_module("flair.data"), importlib.import_module("flair.trainers")
    with tempfile.TemporaryDirectory() as folder:
        trainers.ModelTrainer(model, data.Corpus(train, sample_missing_splits=False)).train(
            folder, learning_rate=0.1, mini_batch_size=batch, max_epochs=epochs, save_final_model=False
        )


def read(test: list[Any], names: tuple[str, ...]) -> Spans:
    """Spans of the sentences."""
    rows = [
        (row, span[0].idx - 1, span[-1].idx, names.index(span.get_label("ner").value))
        for row, sentence in enumerate(test)
        for span in sentence.get_spans("ner")
    ]
    return Spans(*np.array(rows, "int64").reshape(-1, 4).T)
