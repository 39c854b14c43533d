"""The inner loops over bytes and tokens, compiled for a CPU: each reads its input once, without the lock.

A table of hashes holds, for each slot, the number of a word plus one. Words lie one after the other in a pool
of bytes, each in whole blocks of 8, so that they are hashed and compared by blocks.
"""

from typing import Any

import numpy as np
from numba import njit

from etl.text.unicode import LONG, LOOK, LOWER, MARK, POINT

_BASIS, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


@njit(nogil=True, cache=True)
def _decode(data: np.ndarray, p: int, end: int) -> Any:
    """Code point of the UTF-8 sequence at p, and where the next begins; a cut sequence belongs to no word."""
    first = np.int64(data[p])
    size = 2 if first < 0xE0 else (3 if first < 0xF0 else 4)
    if p + size > end:
        return 0, end
    point = first & (0x7F >> size)
    for q in range(p + 1, p + size):
        point = (point << 6) | (np.int64(data[q]) & 0x3F)
    return min(point, 0x10FFFF), p + size


@njit(nogil=True, cache=True)
def _encode(point: int, pool: np.ndarray, at: int) -> int:
    """Write the code point as UTF-8; return where the next byte goes."""
    if point < 0x80:
        pool[at] = point
        return at + 1
    size = 2 if point < 0x800 else (3 if point < 0x10000 else 4)
    for back in range(size - 1, 0, -1):
        pool[at + back] = 0x80 | (point & 0x3F)
        point >>= 6
    pool[at] = ((0xF00 >> size) & 0xFF) | point
    return at + size


@njit(nogil=True, cache=True)
def _grown(array: np.ndarray, size: int) -> np.ndarray:
    out = np.empty(max(size, 2 * len(array)), array.dtype)
    out[: len(array)] = array
    return out


@njit(nogil=True, cache=True)
def _spread(hashes: np.ndarray, words: int, size: int) -> np.ndarray:
    """A table of so many slots, a power of two, that holds the words."""
    slots = np.zeros(size, np.int32)
    for word in range(words):
        place = np.int64(hashes[word] & np.uint64(size - 1))
        while slots[place]:
            place = (place + 1) & (size - 1)
        slots[place] = word + 1
    return slots


@njit(nogil=True, cache=True)
def _hash(blocks: np.ndarray, first: int, size: int) -> Any:
    """Hash of a word of so many bytes from a block on; what follows in its last block is cleared."""
    last = first + ((size - 1) >> 3)
    blocks[last] &= _ONES >> np.uint64((-size & 7) << 3)
    h = _BASIS
    for block in range(first, last + 1):
        h = (h ^ blocks[block]) * _PRIME
        h ^= h >> np.uint64(29)
    return h


@njit(nogil=True, cache=True)
def _find(
    blocks: np.ndarray, begins: np.ndarray, hashes: np.ndarray, slots: np.ndarray, words: int, size: int
) -> Any:
    """Number of the word of so many bytes at the pool's end: an old one, or the next, which is entered."""
    begin = begins[words]
    count = ((size - 1) >> 3) + 1
    h = _hash(blocks, begin, size)
    place = np.int64(h & np.uint64(len(slots) - 1))
    while slots[place]:
        word = np.int64(slots[place]) - 1
        start = begins[word]
        if hashes[word] == h and begins[word + 1] - start == count:
            k = 0
            while k < count and blocks[start + k] == blocks[begin + k]:
                k += 1
            if k == count:
                return word
        place = (place + 1) & (len(slots) - 1)
    slots[place], hashes[words], begins[words + 1] = words + 1, h, begin + count
    return words


@njit(nogil=True, cache=True)
def _scan(data: np.ndarray, p: int, end: int, table: np.ndarray, pool: np.ndarray, at: int) -> Any:
    """Write a token's characters, lowered, from p on; return where the text goes on, and what was written.

    That is: the next byte to read, where the pool ends, how many characters without marks, and which of
    `LOOK` and `LOWER` there were.
    """
    length, seen = np.int64(0), np.int64(0)
    while p < end:
        first = data[p]
        if first < 0x80:
            point = table[first]
            p += 1
            if not point:
                break
            pool[at] = point
            at += 1
            length += 1
            continue
        raw, p = _decode(data, p, end)
        entry = np.int64(table[raw])
        if not entry or (entry & MARK and not length):
            break
        seen |= entry & (LOOK | LOWER)
        at = _encode(entry & POINT, pool, at)
        if not entry & MARK:
            length += 1 + (entry & LONG)
    return p, at, length, seen


@njit(nogil=True, cache=True)
def tokenise(data: np.ndarray, offsets: np.ndarray, table: np.ndarray, min_length: int) -> Any:
    """Codes of the tokens of documents, and the words.

    Parameters
    ----------
    data : array of uint8
        Documents in UTF-8, one after the other.
    offsets : array of int64, shape (documents + 1,)
        Where each begins in ``data``.
    table : array of int32, shape (1114112,)
        See `etl.text.unicode.table`.
    min_length : int
        Characters of a token, at least.

    Returns
    -------
    codes : array of int32, shape (tokens,)
        Number of each token's word.
    starts : array of int64, shape (documents + 1,)
        Where each document's tokens begin.
    blocks : array of uint64
        Words one after the other, each filled up with zeros to whole blocks of 8 bytes.
    begins : array of int64, shape (words + 1,)
        Where each word begins in ``blocks``.
    seen : int
        Which of `LOOK` and `LOWER` there are: words whose normal form, or lower case, is not known here.
    """
    documents = len(offsets) - 1
    shortest = min(min_length + 1, 4)  # bytes; a Chinese character may stand alone
    codes = np.empty((offsets[documents] - offsets[0]) // shortest + documents, np.int32)
    starts = np.empty(documents + 1, np.int64)
    blocks, begins = np.empty(1 << 13, np.uint64), np.zeros(1 << 12, np.int64)
    hashes, slots = np.empty(1 << 12, np.uint64), np.zeros(1 << 12, np.int32)
    words, count, seen = 0, 0, 0
    for d in range(documents):
        starts[d] = count
        p, end = offsets[d], offsets[d + 1]
        most = words + (end - p) // shortest + 2
        if len(begins) <= most:
            begins, hashes = _grown(begins, most + 1), _grown(hashes, most + 1)
        if len(slots) < 2 * most:
            slots = _spread(hashes, words, int(2 ** np.ceil(np.log2(4 * most))))
        if len(blocks) < begins[words] + (end - p) + 4:
            blocks = _grown(blocks, begins[words] + (end - p) + 4)
        pool = blocks.view(np.uint8)
        while p < end:
            begin = begins[words] * 8
            p, at, length, found = _scan(data, p, end, table, pool, begin)
            seen |= found
            if length >= min_length:
                codes[count] = _find(blocks, begins, hashes, slots, words, at - begin)
                words += codes[count] == words
                count += 1
    starts[documents] = count
    return codes[:count], starts, blocks[: begins[words]], begins[: words + 1], seen


@njit(nogil=True, cache=True)
def frequencies(codes: np.ndarray, starts: np.ndarray, words: int) -> Any:
    """Documents that hold each word, and how often it occurs.

    Parameters
    ----------
    codes : array of int32, shape (tokens,)
    starts : array of int64, shape (documents + 1,)
    words : int

    Returns
    -------
    documents, counts : arrays of int64, shape (words,)
    """
    documents, counts = np.zeros(words, np.int64), np.zeros(words, np.int64)
    last = np.full(words, -1, np.int64)
    for d in range(len(starts) - 1):
        for p in range(starts[d], starts[d + 1]):
            word = codes[p]
            counts[word] += 1
            if last[word] != d:
                last[word] = d
                documents[word] += 1
    return documents, counts


@njit(nogil=True, cache=True)
def count(codes: np.ndarray, starts: np.ndarray, columns: np.ndarray, width: int) -> Any:
    """Rows of counts, words in order of appearance.

    Parameters
    ----------
    codes : array of int32, shape (tokens,)
    starts : array of int64, shape (documents + 1,)
    columns : array of int32, shape (words,)
        The matrix' column of each word; words at -1 are not counted.
    width : int
        Columns of the matrix.

    Returns
    -------
    indptr : array of int64, shape (documents + 1,)
        Where each row begins.
    indices, data : arrays of int32, shape (entries,)
        Columns and counts.
    """
    indptr = np.zeros(len(starts), np.int64)
    indices, data = np.empty(len(codes), np.int32), np.empty(len(codes), np.int32)
    place, size = np.full(width, -1, np.int64), 0
    for d in range(len(starts) - 1):
        for p in range(starts[d], starts[d + 1]):
            column = columns[codes[p]]
            if column < 0:
                continue
            if place[column] < indptr[d]:
                place[column] = size
                indices[size], data[size] = column, 0
                size += 1
            data[place[column]] += 1
        indptr[d + 1] = size
    return indptr, indices[:size].copy(), data[:size].copy()
