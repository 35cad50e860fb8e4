"""What does a gzip file hold? Its bytes as they come, within bounds: a small file may be a very large one folded up."""

import zlib
from collections.abc import Iterator

from app.domain.import_file import UnusableFile

MAGIC = b"\x1f\x8b"
_BLOCK = 262_144
_MOST_FOLDED = 200  # text folds to a tenth, a list of similar rows to a fiftieth
_ALLOWED = 4_194_304  # bytes before the ratio is looked at
_GZIP = 31  # zlib's word for a gzip wrapper with the largest window


class Gunzip:
    """Unfolds gzip as it arrives, member after member, to at most `most` bytes."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._unfolding = zlib.decompressobj(_GZIP)
        self.taken = 0
        self.given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Blocks unfolded from the next bytes. Raises UnusableFile for what is no gzip, is too large or is a bomb."""
        self.taken += len(data)
        while data:
            if self._unfolding.eof:
                data = data.lstrip(b"\x00")  # what tapes and some tools fill the end with
                if not data:
                    return
                self._unfolding = zlib.decompressobj(_GZIP)
            try:
                block = self._unfolding.decompress(data, _BLOCK)
            except zlib.error as error:
                raise UnusableFile("bad_gzip", f"the compressed file is damaged after {self.given} bytes") from error
            data = self._unfolding.unused_data if self._unfolding.eof else self._unfolding.unconsumed_tail
            self._count(len(block))
            if block:
                yield block

    def finish(self) -> None:
        """The file has ended. Raises UnusableFile when more was to come."""
        if not self._unfolding.eof:
            raise UnusableFile("truncated_gzip", f"the compressed file ends in the middle, after {self.given} bytes of text")

    def _count(self, size: int) -> None:
        self.given += size
        if self.given > self._most:
            raise UnusableFile("too_large", f"the file unfolds to more than {self._most} bytes")
        if self.given > _ALLOWED and self.given > self.taken * _MOST_FOLDED:
            raise UnusableFile("gzip_bomb", f"the file unfolds to more than {_MOST_FOLDED} times its size")
