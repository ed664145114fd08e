// joule_expand writes rows of A (side 0) or columns of B (side 1), SPEC.md 3: one
// chacha8rand stream of n bytes each, one after the other, the first of them
// with index first. Four work items share a stream: each computes four of the
// sixteen blocks of a batch as the four lanes of uint4, which is exactly the
// generator's interleaved output. 64 items a group, streams/16 groups.
#define STREAMS 16

#define LANES(a, b, c, d) \
  x[a] += x[b]; x[d] = ROTATE_RIGHT(x[d] ^ x[a], 16); x[c] += x[d]; x[b] = ROTATE_RIGHT(x[b] ^ x[c], 20); \
  x[a] += x[b]; x[d] = ROTATE_RIGHT(x[d] ^ x[a], 24); x[c] += x[d]; x[b] = ROTATE_RIGHT(x[b] ^ x[c], 25);

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void joule_expand(__global uint4 *out, __global const uint *seed, uint first, uint n, uint side) {
  __local uint next[STREAMS * 8];
  const uint item = LOCAL_ID, slot = item >> 2, part = item & 3;
  const uint stream = GROUP_ID * STREAMS + slot;
  uint m[16] = {0};
  for (uint i = 0; i < 8; i++) m[i] = seed[i];
  m[8] = first + stream;
  digest rows = {{KEY_ROW}}, columns = {{KEY_COLUMN}};
  digest key = compress(side == 0 ? rows : columns, m, 36, WHOLE);
  __global uint4 *to = out + (ulong)stream * (n >> 4);

  // 16 blocks of 64 bytes a batch; the last 32 bytes are the next batch's key.
  for (uint base = 0; base < n; base += 992) {
    uint4 x[16];
    x[0] = (uint4)(0x61707865u);
    x[1] = (uint4)(0x3320646eu);
    x[2] = (uint4)(0x79622d32u);
    x[3] = (uint4)(0x6b206574u);
#pragma unroll
    for (uint i = 0; i < 8; i++) x[4 + i] = (uint4)(key.v[i]);
    x[12] = (uint4)(4 * part) + (uint4)(0, 1, 2, 3);
    x[13] = x[14] = x[15] = (uint4)(0);
#pragma unroll
    for (uint round = 0; round < 4; round++) {
      LANES(0, 4, 8, 12) LANES(1, 5, 9, 13) LANES(2, 6, 10, 14) LANES(3, 7, 11, 15)
      LANES(0, 5, 10, 15) LANES(1, 6, 11, 12) LANES(2, 7, 8, 13) LANES(3, 4, 9, 14)
    }
#pragma unroll
    for (uint i = 0; i < 8; i++) x[4 + i] += (uint4)(key.v[i]);
#pragma unroll
    for (uint i = 0; i < 16; i++) {
      const uint at = base + 256 * part + 16 * i;
      if (at < n && (part < 3 || i < 14)) to[at >> 4] = x[i];
    }
    BARRIER();
    if (part == 3) {
      next[8 * slot] = x[14].x;
      next[8 * slot + 1] = x[14].y;
      next[8 * slot + 2] = x[14].z;
      next[8 * slot + 3] = x[14].w;
      next[8 * slot + 4] = x[15].x;
      next[8 * slot + 5] = x[15].y;
      next[8 * slot + 6] = x[15].z;
      next[8 * slot + 7] = x[15].w;
    }
    BARRIER();
#pragma unroll
    for (uint i = 0; i < 8; i++) key.v[i] = next[8 * slot + i];
  }
}
