// An addon in C: `twice(number)`, and `table()`, which calls through an address in its data
// if what it exports is still its own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <node_api.h>
#include <stdlib.h>

typedef napi_status (*create_double)(napi_env, double, napi_value*);

#ifdef BY_NAME
// As napi-sys does with dyn-symbols.
static napi_status by_name(napi_env env, double number, napi_value* result) {
  create_double found = (create_double)dlsym(RTLD_DEFAULT, "napi_create_double");
  if (dlsym(RTLD_DEFAULT, "malloc") != (void*)malloc || dlsym(RTLD_DEFAULT, "napi_no_such_name") != NULL) abort();
  return found(env, number, result);
}
#define napi_create_double by_name
#endif

static create_double volatile const through_data = napi_create_double;

// A module may hold the address of what it exports itself.
NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env, napi_value);
void* volatile own_start = (void*)napi_register_module_v1;

static napi_value Twice(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result = NULL;
  double number = 0;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) == napi_ok &&
      napi_get_value_double(env, argument, &number) == napi_ok) {
    napi_create_double(env, 2 * number, &result);
  }
  return result;
}

static napi_value Table(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  Dl_info start, here;
  (void)info;
  if (dladdr(own_start, &start) && dladdr((void*)Twice, &here) && start.dli_fbase == here.dli_fbase) {
    through_data(env, 42, &result);
  }
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "twice", NAPI_AUTO_LENGTH, Twice, NULL, &function) == napi_ok) {
    napi_set_named_property(env, exports, "twice", function);
  }
  if (napi_create_function(env, "table", NAPI_AUTO_LENGTH, Table, NULL, &function) == napi_ok) {
    napi_set_named_property(env, exports, "table", function);
  }
  return exports;
}
