// joule_product_tensor is joule_product on tensor cores: a group of 256 items (8
// warps, 2 down and 4 across) owns 128x256 entries, a warp 64x64 of them.
//
// The tensor core decides which lane gets which entry of a product, but not which
// lines are multiplied: lines are laid out in local memory so that lane 4g+t ends
// up with rows 8g..8g+7 and columns 16t..16t+15 of the warp's square, two whole
// patches, and hashes them without any exchange.
//
//   line 8g+c of A (in the warp's 64) is at position 8c+g
//   column 16t+2j+e of B              is at position 8j+2t+e
//
// Local memory: four stages of 64 bytes of each line, 384 positions of 64 bytes
// each, 98304 bytes. The 16-byte parts of a position are swizzled by the position, so
// that eight neighbouring positions occupy all banks.
#define STAGES 4u
#define STAGE_BYTES 24576u
#define PART(position, part) ((position) * 64 + (((part) ^ (((position) >> 1) & 3)) << 4))

#define START_STAGE(number) \
  { \
    const uint slot = (number) % STAGES * STAGE_BYTES; \
    _Pragma("unroll") for (uint i = 0; i < 2; i++) copy_line(shared, slot + at_a + i * 4096, from_a + i * stride + (number) * 4); \
    _Pragma("unroll") for (uint i = 0; i < 4; i++) copy_line(shared, slot + at_b + i * 4096, from_b + i * stride + (number) * 4); \
  }

// Tile i of 16 rows and tile j of 8 columns: row r and column c of a lane's left or right patch.
#define ENTRY_LEFT(r, c) sum[(r) / 2][(c) / 2][((r) & 1) * 2 + ((c) & 1)]
#define ENTRY_RIGHT(r, c) sum[(r) / 2][4 + (c) / 2][((r) & 1) * 2 + ((c) & 1)]

TENSOR_KERNEL
void joule_product_tensor(__global const uint4 *a, __global const uint4 *bt, __global uint4 *nodes, uint n, uint width, uint b, uint mode) {
  TENSOR_MEMORY
  const uint item = LOCAL_ID, lane = item & 31, warp = item >> 5, down = warp >> 2, right = warp & 3;
  // Neighbouring groups work on neighbouring lines: 16 groups down, then right.
  const uint tall = n >> 7, band = tall < 16 ? tall : 16, across = width >> 8;
  const uint in_band = GROUP_ID % (band * across);
  const uint row = (GROUP_ID / (band * across) * band + in_band % band) * 128, col = in_band / band * 256;

  // Each item copies part item%4 of positions item/4 + 64i.
  const uint position = item >> 2, part = item & 3;
  const uint at_a = PART(position, part), at_b = 8192 + at_a;
  const uint line_a = (position & 7) * 8 + (position >> 3);
  const uint line_b = ((position & 7) >> 1) * 16 + (position >> 3) * 2 + (position & 1);
  const ulong stride = (ulong)(n >> 4) * 64;
  __global const uint4 *from_a = a + (ulong)(row + line_a) * (n >> 4) + part;
  __global const uint4 *from_b = bt + (ulong)(col + line_b) * (n >> 4) + part;

  // What this lane names in LOAD_MATRICES, for parts 0 and 1; exclusive or 32 is the same for parts 2 and 3, and
  // 16 positions further are 1024 bytes further.
  const uint name_a = PART(down * 64 + (lane & 15), lane >> 4);
  const uint name_b = PART(128 + right * 64 + (lane >> 4) * 8 + (lane & 7), (lane >> 3) & 1);

  uint sum[4][8][4];
#pragma unroll
  for (uint i = 0; i < 128; i++) sum[i >> 5][(i >> 2) & 7][i & 3] = 0;

  const uint stages = n >> 6;
#pragma unroll
  for (uint s = 0; s < STAGES - 1; s++) {
    if (s < stages) START_STAGE(s)
    close_copies();
  }
#pragma unroll 1
  for (uint s = 0; s < stages; s++) {
    await_copies();
    BARRIER();
    if (s + STAGES - 1 < stages) START_STAGE(s + STAGES - 1)
    close_copies();
    const uint slot = s % STAGES * STAGE_BYTES;
#pragma unroll
    for (uint turn = 0; turn < 2; turn++) {
      const uint from_x = slot + (name_a ^ 32 * turn), from_y = slot + (name_b ^ 32 * turn);
      uint x[4][4], y[4][4];
#pragma unroll
      for (uint i = 0; i < 4; i++) {
        LOAD_MATRICES(x[i][0], x[i][1], x[i][2], x[i][3], from_x + 1024 * i);
      }
#pragma unroll
      for (uint j = 0; j < 4; j++) {
        LOAD_MATRICES(y[j][0], y[j][1], y[j][2], y[j][3], from_y + 1024 * j);
      }
#pragma unroll
      for (uint i = 0; i < 4; i++) {
#pragma unroll
        for (uint j = 0; j < 8; j++) MULTIPLY(sum[i][j], x[i], y[j >> 1][2 * (j & 1)], y[j >> 1][2 * (j & 1) + 1]);
      }
    }
  }
  await_all_copies();
  BARRIER();

#pragma unroll 1
  for (uint turn = 0; turn < 2; turn++) {
    folding f = {{{0}}, {{0}}, {{0}}};
    if (mode == 0) {
#pragma unroll 1
      for (uint low = 0; low < 2; low++) {
        if (turn == 0 && low == 0) STAGE_ROWS(ENTRY_LEFT, 0, tiles, 256, item)
        else if (turn == 0) STAGE_ROWS(ENTRY_LEFT, 4, tiles, 256, item)
        else if (low == 0) STAGE_ROWS(ENTRY_RIGHT, 0, tiles, 256, item)
        else STAGE_ROWS(ENTRY_RIGHT, 4, tiles, 256, item)
#pragma unroll 1
        for (uint step = 0; step < 2; step++) f = fold(f, tiles, 256, item, b, 2 * low + step);
      }
    } else {
#pragma unroll
      for (uint i = 0; i < 64; i++) f.now.v[i & 7] ^= turn == 0 ? ENTRY_LEFT(i >> 3, i & 7) : ENTRY_RIGHT(i >> 3, i & 7);
    }
    const uint patch_row = row / 8 + down * 8 + (lane >> 2), patch_col = col / 8 + right * 8 + (lane & 3) * 2 + turn;
    store_digest(nodes, patch_index(patch_row, patch_col, width), f.now);
  }
}
