// joule_reduce hashes the nodes of one level, from index source on, to every
// second level above: four nodes make one, at index target. Depths are even, so
// that a tree needs nothing else. 64 items a group.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void joule_reduce(__global uint4 *nodes, uint source, uint target, uint count) {
  const uint i = GROUP_ID * 64 + LOCAL_ID;
  if (i >= count) return;
  const uint from = source + 4 * i;
  digest pair[2];
#pragma unroll 1
  for (uint turn = 0; turn < 2; turn++) {
    digest d = node(load_digest(nodes, from + 2 * turn), load_digest(nodes, from + 2 * turn + 1));
    if (turn == 0) pair[0] = d;
    else pair[1] = d;
  }
  store_digest(nodes, target + i, node(pair[0], pair[1]));
}

// joule_place copies the squares' digests of a strip to their places in the
// Z-order of all squares.
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void joule_place(__global const uint4 *nodes, __global uint4 *top, uint source, uint strip, uint count) {
  const uint i = GROUP_ID * 64 + LOCAL_ID;
  if (i < count) store_digest(top, place(i, strip), load_digest(nodes, source + i));
}
