// The instructions that tensor.cl needs, for sm_80 and later. Local addresses are
// bytes from the start of the launch's dynamic shared memory.
#define TENSOR_KERNEL __kernel __attribute__((reqd_work_group_size(256, 1, 1)))

// OpenCL C has no word for memory whose size the launch sets.
__asm__(".extern .shared .align 128 .b8 joule_shared[];");

#define TENSOR_MEMORY \
  uint shared; \
  __asm__("mov.u32 %0, joule_shared;" : "=r"(shared)); \
  __local uint4 *const tiles = (__local uint4 *)(ulong)shared;

// copy_line starts to copy 16 bytes; close_copies ends a group of copies;
// await_copies waits until all groups but the latest two have arrived.
INLINE void copy_line(uint shared, uint to, __global const uint4 *from) {
  __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared + to), "l"(from) : "memory");
}
INLINE void close_copies(void) { __asm__ volatile("cp.async.commit_group;" ::: "memory"); }
INLINE void await_copies(void) { __asm__ volatile("cp.async.wait_group 2;" ::: "memory"); }
INLINE void await_all_copies(void) { __asm__ volatile("cp.async.wait_group 0;" ::: "memory"); }

// LOAD_MATRICES reads four matrices of 8 lines of 16 bytes; lane i names line i.
#define LOAD_MATRICES(f0, f1, f2, f3, address) \
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" \
                   : "=r"(f0), "=r"(f1), "=r"(f2), "=r"(f3) : "r"(shared + (address)) : "memory")

// MULTIPLY adds a 16x32 by 32x8 product of int8 to d, exactly, in int32.
#define MULTIPLY(d, a, b0, b1) \
  __asm__("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
                   : "+r"((d)[0]), "+r"((d)[1]), "+r"((d)[2]), "+r"((d)[3]) \
                   : "r"((a)[0]), "r"((a)[1]), "r"((a)[2]), "r"((a)[3]), "r"(b0), "r"(b1))
