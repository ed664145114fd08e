// Copyright The Joule authors. SPDX-License-Identifier: Apache-2.0
//
// One source for every card: OpenCL C 1.2, compiled by an OpenCL driver at run
// time, or ahead of time to PTX by clang (see README.md). This file holds what
// differs. Every kernel is launched on one dimension.

#define INLINE static inline __attribute__((always_inline))

#ifdef __NVPTX__
#define LOCAL_ID ((uint)__nvvm_read_ptx_sreg_tid_x())
#define GROUP_ID ((uint)__nvvm_read_ptx_sreg_ctaid_x())
#define BARRIER() __syncthreads()
#else
#define LOCAL_ID ((uint)get_local_id(0))
#define GROUP_ID ((uint)get_group_id(0))
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#endif

#define ROTATE_RIGHT(x, k) (((x) >> (k)) | ((x) << (32 - (k))))

// dot4 adds four int8 products to sum, exactly: |C| <= 2^30, so that even the
// saturating instruction of the extension never saturates.
#if defined(__NVPTX__)
INLINE uint dot4(uint a, uint b, uint sum) {
  __asm__("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}
#elif defined(cl_khr_integer_dot_product) && defined(__opencl_c_integer_dot_product_input_4x8bit_packed)
#pragma OPENCL EXTENSION cl_khr_integer_dot_product : enable
#define dot4(a, b, sum) ((uint)dot_acc_sat_4x8packed_ss_int((a), (b), (int)(sum)))
#else
INLINE uint dot4(uint a, uint b, uint sum) {
  char4 x = as_char4(a), y = as_char4(b);
  return sum + (uint)(x.x * y.x + x.y * y.y + x.z * y.z + x.w * y.w);
}
#endif

INLINE uint dot16(uint4 a, uint4 b, uint sum) {
  return dot4(a.w, b.w, dot4(a.z, b.z, dot4(a.y, b.y, dot4(a.x, b.x, sum))));
}

// spread moves bit i of x, below 2^16, to bit 2i; place is Z-order (SPEC.md 4).
INLINE uint spread(uint x) {
  x = (x | (x << 8)) & 0x00ff00ffu;
  x = (x | (x << 4)) & 0x0f0f0f0fu;
  x = (x | (x << 2)) & 0x33333333u;
  return (x | (x << 1)) & 0x55555555u;
}

INLINE uint place(uint row, uint col) { return spread(col) | (spread(row) << 1); }
