// Contract: table/src/private_symbol.rs.
#include "environment.h"
#include "extensions.h"

#include <memory>

namespace v8_gap {

namespace {

struct Symbol {
  napi_env env;
  v8::Global<v8::Private> symbol;
};

v8::Local<v8::Private> symbol_of(v8::Isolate* isolate, node_api_private key) {
  return reinterpret_cast<Symbol*>(key)->symbol.Get(isolate);
}

napi_status create(napi_env env, const char* utf8name, node_api_private* result) {
  if (env == nullptr || utf8name == nullptr || result == nullptr) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  v8::Local<v8::String> name;
  if (!internalized(isolate, utf8name, &name)) return napi_invalid_arg;
  auto symbol = std::make_unique<Symbol>(
      Symbol{env, v8::Global<v8::Private>(isolate, v8::Private::New(isolate, name))});
  if (napi_status status = give_to_environment(symbol.get()); status != napi_ok) return status;
  *result = reinterpret_cast<node_api_private>(symbol.release());
  return napi_ok;
}

// What every use of a private property asks first.
napi_status enter(napi_env env, napi_value object, node_api_private key, v8::Isolate** isolate) {
  if (env == nullptr || object == nullptr || key == nullptr) return napi_invalid_arg;
  *isolate = current_isolate();
  if (*isolate == nullptr) return napi_generic_failure;
  if (!to_local(object)->IsObject()) return napi_object_expected;
  return can_run_javascript(env);
}

napi_status set(napi_env env, napi_value object, node_api_private key, napi_value value) {
  v8::Isolate* isolate;
  if (value == nullptr) return napi_invalid_arg;
  if (napi_status status = enter(env, object, key, &isolate); status != napi_ok) return status;
  v8::TryCatch caught(isolate);
  v8::Maybe<bool> done = to_local(object).As<v8::Object>()->SetPrivate(
      isolate->GetCurrentContext(), symbol_of(isolate, key), to_local(value));
  return done.IsJust() ? napi_ok : hand_over(env, caught);
}

napi_status get(napi_env env, napi_value object, node_api_private key, napi_value* result) {
  v8::Isolate* isolate;
  if (result == nullptr) return napi_invalid_arg;
  if (napi_status status = enter(env, object, key, &isolate); status != napi_ok) return status;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Object> local = to_local(object).As<v8::Object>();
  v8::Local<v8::Private> symbol = symbol_of(isolate, key);
  v8::TryCatch caught(isolate);
  v8::Local<v8::Value> value;
  if (!local->GetPrivate(context, symbol).ToLocal(&value)) return hand_over(env, caught);
  // Absent and undefined look alike in a value.
  bool is_absent = value->IsUndefined() && !local->HasPrivate(context, symbol).FromMaybe(false);
  *result = is_absent ? nullptr : to_napi(value);
  return napi_ok;
}

napi_status remove(napi_env env, napi_value object, node_api_private key, bool* removed) {
  v8::Isolate* isolate;
  if (napi_status status = enter(env, object, key, &isolate); status != napi_ok) return status;
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Object> local = to_local(object).As<v8::Object>();
  v8::Local<v8::Private> symbol = symbol_of(isolate, key);
  v8::TryCatch caught(isolate);
  bool had = local->HasPrivate(context, symbol).FromMaybe(false);
  if (local->DeletePrivate(context, symbol).IsNothing()) return hand_over(env, caught);
  if (removed != nullptr) *removed = had;
  return napi_ok;
}

}  // namespace

extern const node_api_private_functions private_symbol = {create, set, get, remove};

}  // namespace v8_gap
