// The product for any card: a work item owns one 8x8 patch of C, a group a square
// of SIDE entries. Rows and columns are read 64 bytes at a time; in local memory
// line 8g+c is at position c*(SIDE/8)+g with a pitch of 80 bytes, so that
// neighbouring items read without bank conflicts.
#define PITCH 5u
#define PRODUCT_OF(SIDE) \
  const uint item = LOCAL_ID, across = (SIDE) / 8, items = across * across; \
  const uint line = item / across, column = item % across; \
  uint sum[8][8] = {{0}}; \
  for (uint k = 0; k < n >> 4; k += 4) { \
    BARRIER(); \
    for (uint i = item; i < (SIDE) * 4; i += items) { \
      const uint at = i >> 2, from = 8 * (at % across) + at / across; \
      tiles[at * PITCH + (i & 3)] = a[(ulong)(row + from) * (n >> 4) + k + (i & 3)]; \
      tiles[((SIDE) + at) * PITCH + (i & 3)] = bt[(ulong)(col + from) * (n >> 4) + k + (i & 3)]; \
    } \
    BARRIER(); \
    for (uint part = 0; part < 4; part++) { \
      uint4 x[8]; \
      _Pragma("unroll") for (uint i = 0; i < 8; i++) x[i] = tiles[(i * across + line) * PITCH + part]; \
      _Pragma("unroll") for (uint j = 0; j < 8; j++) { \
        const uint4 y = tiles[((SIDE) + j * across + column) * PITCH + part]; \
        _Pragma("unroll") for (uint i = 0; i < 8; i++) sum[i][j] = dot16(x[i], y, sum[i][j]); \
      } \
    } \
  }

#define SUM(r, c) sum[r][c]

// patch_index is where a patch goes: strips of width entries are cut into squares,
// each in Z-order, one after the other.
INLINE uint patch_index(uint row, uint col, uint width) {
  const uint across = width >> 3, square = row / across;
  return square * across * across + place(row % across, col);
}

// joule_product_64 and _128 multiply A (n x n) with a strip of width columns of B
// and write one digest a patch; C itself goes nowhere. Groups: (n/SIDE)*(width/
// SIDE). mode 1 leaves the hashing out, to measure it.
#define PRODUCT_KERNEL(NAME, SIDE) \
  __kernel __attribute__((reqd_work_group_size((SIDE) * (SIDE) / 64, 1, 1))) \
  void NAME(__global const uint4 *a, __global const uint4 *bt, __global uint4 *nodes, uint n, uint width, uint b, uint mode) { \
    __local uint4 tiles[(SIDE) == 128 ? 2048 : 640]; /* lines, then staged rows */ \
    const uint row = GROUP_ID % (n / (SIDE)) * (SIDE), col = GROUP_ID / (n / (SIDE)) * (SIDE); \
    PRODUCT_OF(SIDE) \
    BARRIER(); \
    folding f = {{{0}}, {{0}}, {{0}}}; \
    if (mode == 0) { \
      _Pragma("unroll 1") for (uint low = 0; low < 2; low++) { \
        if (low == 0) STAGE_ROWS(SUM, 0, tiles, items, item) \
        else STAGE_ROWS(SUM, 4, tiles, items, item) \
        _Pragma("unroll 1") for (uint step = 0; step < 2; step++) f = fold(f, tiles, items, item, b, 2 * low + step); \
      } \
    } else { \
      _Pragma("unroll") for (uint i = 0; i < 64; i++) f.now.v[i & 7] ^= sum[i >> 3][i & 7]; \
    } \
    store_digest(nodes, patch_index(row / 8 + line, col / 8 + column, width), f.now); \
  }

PRODUCT_KERNEL(joule_product_64, 64)
PRODUCT_KERNEL(joule_product_128, 128)

// joule_dump writes a part of C itself, for checks and openings: squares of 64
// entries from line row and column col on, "columns" squares to a line of pitch
// uint4.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void joule_dump(__global const uint4 *a, __global const uint4 *bt, __global uint4 *out, uint n, uint first_row, uint first_col, uint columns) {
  __local uint4 tiles[2 * 64 * PITCH];
  const uint down = GROUP_ID / columns, right = GROUP_ID % columns, pitch = columns * 16;
  const uint row = first_row + down * 64, col = first_col + right * 64;
  PRODUCT_OF(64)
#pragma unroll
  for (uint i = 0; i < 8; i++) {
    __global uint4 *to = out + (ulong)(down * 64 + line * 8 + i) * pitch + right * 16 + column * 2;
    to[0] = QUAD(SUM, i, 0);
    to[1] = QUAD(SUM, i, 4);
  }
}
