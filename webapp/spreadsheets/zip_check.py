"""Bound what a packed file unpacks to, before anything opens it."""

import io
import struct
import zipfile
import zlib

from webapp.spreadsheets.table import UnreadableFile

MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_MEMBERS = 2000
_PIECE = 64 * 1024
_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")


def check_zip(data: bytes) -> set[str]:
    """Return the names of a zip file's members, after unpacking all of them piece by piece.

    The sizes that the file declares aren't relied on: they may be wrong.

    Raises:
        UnreadableFile: if it unpacks to more than `MAX_UNPACKED_BYTES`, or is damaged.

    """
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise damaged() from error
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise too_large()
    unpacked = 0
    for member in members:
        unpacked += _unpacked_size(data, member, MAX_UNPACKED_BYTES - unpacked)
    return {member.filename for member in members}


def too_large() -> UnreadableFile:
    """Return the error for a file that would take too much memory."""
    return UnreadableFile("too_large", "There is too much data in the file. Copy only the list into a new one.")


def damaged() -> UnreadableFile:
    """Return the error for a file that is incomplete or wrong."""
    return UnreadableFile(
        "damaged", "The file is damaged or incomplete. Open it in a spreadsheet program and save it as .xlsx again."
    )


def _unpacked_size(data: bytes, member: zipfile.ZipInfo, most: int) -> int:
    """Unpack a member, and return its true size.

    Raises:
        UnreadableFile: if it is larger than declared, or damaged.

    """
    if member.flag_bits & _ENCRYPTED or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise damaged()
    try:
        signature, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, member.header_offset)
    except struct.error as error:
        raise damaged() from error
    start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    packed = memoryview(data)[start : start + member.compress_size]
    if signature != b"PK\x03\x04" or len(packed) < member.compress_size:
        raise damaged()
    if member.compress_type == zipfile.ZIP_STORED:
        return len(packed)
    size = 0
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    try:
        while not unpacker.eof:
            piece = unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
            size += len(piece)
            if size > most:
                raise too_large()
            if not piece and not rest and not unpacker.eof:
                raise damaged()
    except zlib.error as error:
        raise damaged() from error
    return size
