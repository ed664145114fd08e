// A libcuda for abi_test.go: one card whose memory is the host's. It checks
// nothing of CUDA but how arguments arrive: a launch writes them to its first
// parameter.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char loaded[64];
static void *current;
static int modules;

int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }
int cuDriverGetVersion(int *v) { *v = 12080; return 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *d, int i) { *d = 41 + i; return 0; }
int cuDeviceGetName(char *to, int size, int d) { strncpy(to, d == 41 ? "Echo" : "wrong", size); return 0; }
int cuDeviceGetAttribute(int *v, int what, int d) {
  *v = what == 75 ? 8 : what == 76 ? 6 : what == 16 ? 5 : what == 97 ? 101376 : 0;
  return d == 41 ? 0 : 101;
}
int cuDeviceTotalMem_v2(size_t *bytes, int d) { *bytes = (size_t)5 << 32; return 0; }
int cuDeviceGetPCIBusId(char *to, int size, int d) { strncpy(to, "0000:02:00.0", size); return 0; }
int cuDevicePrimaryCtxRetain(void **c, int d) { *c = (void *)0x1234; return 0; }
int cuDevicePrimaryCtxRelease_v2(int d) { return d == 41 ? 0 : 101; }
int cuCtxSetCurrent(void *c) { current = c; return c == (void *)0x1234 ? 0 : 201; }
int cuCtxSynchronize(void) { return current ? 0 : 201; }
int cuModuleLoadDataEx(void **m, const void *image, unsigned count, int *options, void **values) {
  *m = (void *)0x5678;
  strncpy(loaded, image, sizeof loaded - 1);
  if (count != 2 || options[0] != 5 || options[1] != 6 || (size_t)values[1] != 4096) return 1;
  strncpy(values[0], "echo's log", 4096);
  return modules++ ? 218 : 0;
}
int cuModuleUnload(void *m) { return m == (void *)0x5678 ? 0 : 400; }
int cuModuleGetFunction(void **f, void *m, const char *name) { *f = strdup(name); return m == (void *)0x5678 ? 0 : 400; }
int cuFuncSetAttribute(void *f, int what, int value) { return what == 8 && value == 98304 ? 0 : 1; }
int cuMemAlloc_v2(uint64_t *p, size_t bytes) { *p = (uint64_t)malloc(bytes); return *p ? 0 : 2; }
int cuMemFree_v2(uint64_t p) { free((void *)p); return 0; }
int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) { memcpy((void *)to, from, bytes); return 0; }
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) { memcpy(to, (void *)from, bytes); return 0; }
int cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   void *stream, void **params, void **extra) {
  uint32_t out[12] = {gx, gy, gz, bx, by, bz, shared, stream != 0, extra != 0};
  for (int i = 1; i < 4; i++) out[8 + i] = *(uint32_t *)params[i];
  memcpy(*(void **)params[0], out, sizeof out);
  memcpy(*(char **)params[0] + sizeof out, f, 16);
  return 0;
}
