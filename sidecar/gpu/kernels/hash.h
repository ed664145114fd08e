// Keyed BLAKE3 of at most one chunk (SPEC.md 3 and 4), and the hash of a patch.

#define CHUNK_START 1u
#define CHUNK_END 2u
#define ROOT_FLAG 8u
#define KEYED_FLAG 16u
#define WHOLE (KEYED_FLAG | CHUNK_START | CHUNK_END | ROOT_FLAG)

// The keys are the domain names of SPEC.md, zero-padded, as little-endian words.
#define KEY_ROW 0x6c756f6au, 0x70672f65u, 0x32762f75u, 0x776f722fu, 0x20666f20u, 0x00000041u, 0u, 0u
#define KEY_COLUMN 0x6c756f6au, 0x70672f65u, 0x32762f75u, 0x6c6f632fu, 0x206e6d75u, 0x4220666fu, 0u, 0u
#define KEY_LEAF 0x6c756f6au, 0x70672f65u, 0x32762f75u, 0x6c69742fu, 0x656c2065u, 0x00006661u, 0u, 0u
#define KEY_NODE 0x6c756f6au, 0x70672f65u, 0x32762f75u, 0x6c69742fu, 0x6f6e2065u, 0x00006564u, 0u, 0u

// A digest is 32 bytes of output. A node of the tree is its first NODE_WORDS words; the last one lies unread beside it, so
// that two uint4 hold a node.
typedef struct { uint v[8]; } digest;
#define NODE_WORDS 7u

#define QUARTER(a, b, c, d, x, y) \
  a += b + (x); d = ROTATE_RIGHT(d ^ a, 16); c += d; b = ROTATE_RIGHT(b ^ c, 12); \
  a += b + (y); d = ROTATE_RIGHT(d ^ a, 8); c += d; b = ROTATE_RIGHT(b ^ c, 7);

#define MIX(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, ma, mb, mc, md, me, mf) \
  QUARTER(s0, s4, s8, sc, m[m0], m[m1]) QUARTER(s1, s5, s9, sd, m[m2], m[m3]) \
  QUARTER(s2, s6, sa, se, m[m4], m[m5]) QUARTER(s3, s7, sb, sf, m[m6], m[m7]) \
  QUARTER(s0, s5, sa, sf, m[m8], m[m9]) QUARTER(s1, s6, sb, sc, m[ma], m[mb]) \
  QUARTER(s2, s7, s8, sd, m[mc], m[md]) QUARTER(s3, s4, s9, se, m[me], m[mf])

// compress is the compression function with counter 0.
INLINE digest compress(digest cv, const uint *m, uint length, uint flags) {
  uint s0 = cv.v[0], s1 = cv.v[1], s2 = cv.v[2], s3 = cv.v[3];
  uint s4 = cv.v[4], s5 = cv.v[5], s6 = cv.v[6], s7 = cv.v[7];
  uint s8 = 0x6a09e667u, s9 = 0xbb67ae85u, sa = 0x3c6ef372u, sb = 0xa54ff53au;
  uint sc = 0, sd = 0, se = length, sf = flags;
  MIX(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  MIX(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
  MIX(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1)
  MIX(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6)
  MIX(12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4)
  MIX(9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7)
  MIX(11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13)
  digest out = {{s0 ^ s8, s1 ^ s9, s2 ^ sa, s3 ^ sb, s4 ^ sc, s5 ^ sd, s6 ^ se, s7 ^ sf}};
  return out;
}

// node hashes two children of the tile tree, 28 bytes each.
INLINE digest node(digest left, digest right) {
  uint m[16] = {0};
  for (uint i = 0; i < NODE_WORDS; i++) {
    m[i] = left.v[i];
    m[NODE_WORDS + i] = right.v[i];
  }
  digest key = {{KEY_NODE}};
  return compress(key, m, 8 * NODE_WORDS, WHOLE);
}

// A patch is 8x8 entries of C, aligned: four tiles and three nodes for b = 4, one
// tile for b = 8. Either way it becomes one digest, at the same place of the
// Z-order. Each work item holds whole patches, so nothing is exchanged.
//
// Registers cannot be indexed by a variable: a patch goes through local memory,
// four rows at a time, so that the compression exists in the code only once. Staged are
// eight uint4 of one work item, in the order of the message, items next to each other.
#define QUAD(P, r, c) ((uint4)(P(r, c), P(r, (c) + 1), P(r, (c) + 2), P(r, (c) + 3)))
#define STAGE_LINE(P, row, line, stage, items, item) \
  (stage)[(b == 4 ? (line) : 2 * (line)) * (items) + (item)] = QUAD(P, row, 0); \
  (stage)[(b == 4 ? 4 + (line) : 2 * (line) + 1) * (items) + (item)] = QUAD(P, row, 4);
#define STAGE_ROWS(P, first, stage, items, item) \
  { \
    STAGE_LINE(P, first, 0, stage, items, item) \
    STAGE_LINE(P, (first) + 1, 1, stage, items, item) \
    STAGE_LINE(P, (first) + 2, 2, stage, items, item) \
    STAGE_LINE(P, (first) + 3, 3, stage, items, item) \
  }

typedef struct { digest now, left, first; } folding;

// fold takes the next four staged uint4 in, 64 bytes of message. After step 3 now is
// the patch's digest.
INLINE folding fold(folding f, __local const uint4 *stage, uint items, uint item, uint b, uint step) {
  uint m[16];
  for (uint i = 0; i < 4; i++) {
    uint4 q = stage[((step & 1) * 4 + i) * items + item];
    m[4 * i] = q.x;
    m[4 * i + 1] = q.y;
    m[4 * i + 2] = q.z;
    m[4 * i + 3] = q.w;
  }
  digest leaf = {{KEY_LEAF}};
  if (b == 8) {
    uint flags = KEYED_FLAG | (step == 0 ? CHUNK_START : 0) | (step == 3 ? CHUNK_END | ROOT_FLAG : 0);
    f.now = compress(step == 0 ? leaf : f.now, m, 64, flags);
    return f;
  }
  f.now = compress(leaf, m, 64, WHOLE);
  if ((step & 1) == 0) {
    f.left = f.now;
    return f;
  }
  f.now = node(f.left, f.now);
  if (step == 1) {
    f.first = f.now;
  } else {
    f.now = node(f.first, f.now);
  }
  return f;
}

INLINE void store_digest(__global uint4 *nodes, uint index, digest d) {
  nodes[2 * index] = (uint4)(d.v[0], d.v[1], d.v[2], d.v[3]);
  nodes[2 * index + 1] = (uint4)(d.v[4], d.v[5], d.v[6], d.v[7]);
}

INLINE digest load_digest(__global const uint4 *nodes, uint index) {
  uint4 x = nodes[2 * index], y = nodes[2 * index + 1];
  digest d = {{x.x, x.y, x.z, x.w, y.x, y.y, y.z, y.w}};
  return d;
}
