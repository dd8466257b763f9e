// Contract: table/src/string_view.rs.
#include "environment.h"
#include "extensions.h"

#include <new>

namespace v8_gap {

namespace {

using View = v8::String::ValueView;

static_assert(sizeof(View) <= sizeof(node_api_string_view::reserved) && alignof(View) <= alignof(uint64_t),
              "a v8::String::ValueView has no room in node_api_string_view");

View* inside(node_api_string_view* view) { return std::launder(reinterpret_cast<View*>(view->reserved)); }

napi_status open(napi_env env, napi_value string, node_api_string_view* view) {
  if (env == nullptr || string == nullptr || view == nullptr) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  v8::Local<v8::Value> local = to_local(string);
  if (!local->IsString()) return napi_string_expected;
  View* opened = new (view->reserved) View(isolate, local.As<v8::String>());
  view->is_latin1 = opened->is_one_byte();
  view->data = view->is_latin1 ? static_cast<const void*>(opened->data8()) : opened->data16();
  view->length = opened->length();
  return napi_ok;
}

napi_status close(napi_env env, node_api_string_view* view) {
  if (env == nullptr || view == nullptr || view->data == nullptr) return napi_invalid_arg;
  inside(view)->~View();
  view->data = nullptr;
  view->length = 0;
  return napi_ok;
}

}  // namespace

extern const node_api_string_view_functions string_view = {open, close};

}  // namespace v8_gap
