// An addon in C: `twice(number)`, and `table()`, which calls through an address in its data.
#include <node_api.h>

static napi_status (*volatile const through_data)(napi_env, double, napi_value*) = napi_create_double;

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
  (void)info;
  through_data(env, 42, &result);
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
