/* An addon for Node that says how many bytes malloc has given out, by glibc's own books. Built by own-memory.js. */
#include <malloc.h>

/* Of Node-API, whose headers are not at hand everywhere. */
typedef void *value;
int napi_create_double(value env, double number, value *result);
int napi_create_function(value env, const char *name, unsigned long length, value (*call)(value, value), value data, value *result);

static value allocated(value env, value info) {
  struct mallinfo2 found = mallinfo2();
  value result;
  (void)info;
  napi_create_double(env, (double)(found.uordblks + found.hblkhd), &result);
  return result;
}

value napi_register_module_v1(value env, value exports) {
  value function;
  (void)exports;
  napi_create_function(env, "allocated", 9, allocated, 0, &function);
  return function;
}
