// The instructions of tensor_ptx.h in plain OpenCL, written from the PTX ISA
// ("Matrix fragments for mma.m16n8k32" and "ldmatrix"), so that joule_product_tensor's
// layout is tested without a card. Lanes exchange operands through local memory, which is
// slow; nothing but tests compiles it.
#define TENSOR_KERNEL __kernel __attribute__((reqd_work_group_size(256, 1, 1)))

#define TENSOR_MEMORY \
  __local uint4 tiles[6144]; \
  __local uint exchange[256 * 6]; \
  __local uchar *const shared = (__local uchar *)tiles;

INLINE void copy_line(__local uchar *shared, uint to, __global const uint4 *from) { *(__local uint4 *)(shared + to) = *from; }
#define close_copies()
#define await_copies()
#define await_all_copies()

// Lane 8i+r names line r of matrix i; lane 4r+c receives bytes 4c..4c+3 of line r.
#define LOAD_MATRICES(f0, f1, f2, f3, address) \
  { \
    BARRIER(); \
    exchange[item] = (address); \
    BARRIER(); \
    const uint names = (item & ~31u) + (lane >> 2), byte = 4 * (lane & 3); \
    f0 = *(__local uint *)(shared + exchange[names] + byte); \
    f1 = *(__local uint *)(shared + exchange[names + 8] + byte); \
    f2 = *(__local uint *)(shared + exchange[names + 16] + byte); \
    f3 = *(__local uint *)(shared + exchange[names + 24] + byte); \
  }

// With g = lane/4 and t = lane%4: A's registers are rows g, g+8, g, g+8 at k = 4t,
// 4t, 16+4t, 16+4t; B's are column g at k = 4t and 16+4t; D's are rows g, g, g+8,
// g+8 at columns 2t, 2t+1, 2t, 2t+1.
#define MULTIPLY(d, a, b0, b1) \
  { \
    BARRIER(); \
    exchange[item * 6] = (a)[0]; \
    exchange[item * 6 + 1] = (a)[1]; \
    exchange[item * 6 + 2] = (a)[2]; \
    exchange[item * 6 + 3] = (a)[3]; \
    exchange[item * 6 + 4] = b0; \
    exchange[item * 6 + 5] = b1; \
    BARRIER(); \
    const uint first = item & ~31u, g = lane >> 2, t = lane & 3; \
    for (uint e = 0; e < 4; e++) { \
      uint v = (d)[e]; \
      for (uint q = 0; q < 8; q++) { \
        const uint of_a = (first + 4 * g + (q & 3)) * 6 + (q >> 2) * 2 + (e >> 1); \
        const uint of_b = (first + 4 * (2 * t + (e & 1)) + (q & 3)) * 6 + 4 + (q >> 2); \
        v = dot4(exchange[of_a], exchange[of_b], v); \
      } \
      (d)[e] = v; \
    } \
  }
