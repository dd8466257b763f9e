// Contract: table/src/record.rs.
#include "environment.h"
#include "extensions.h"

#include <array>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace v8_gap {

namespace {

struct Template {
  napi_env env;
  size_t count;
  v8::Global<v8::DictionaryTemplate> shape;
};

// V8 takes names as Latin-1, aborts at an array index, and makes a broken object of a name that comes twice.
bool is_name(std::string_view name) {
  bool is_index = true;
  for (char byte : name) {
    if (byte < 0x20 || byte > 0x7e) return false;
    is_index = is_index && byte >= '0' && byte <= '9';
  }
  return !is_index;
}

napi_status create_template(napi_env env, size_t count, const char* const* names,
                            node_api_record_template* result) {
  if (env == nullptr || names == nullptr || result == nullptr) return napi_invalid_arg;
  if (count == 0 || count > NODE_API_MAX_RECORD) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;

  std::vector<std::string_view> views;
  std::set<std::string_view> seen;
  for (size_t index = 0; index < count; index++) {
    if (names[index] == nullptr) return napi_invalid_arg;
    std::string_view name(names[index]);
    // The empty name counts as an index: it has no byte that is none.
    if (!is_name(name) || !seen.insert(name).second) return napi_name_expected;
    views.push_back(name);
  }
  auto shape = v8::DictionaryTemplate::New(isolate, v8::MemorySpan<const std::string_view>(views.data(), count));
  auto record = std::make_unique<Template>(Template{env, count, v8::Global<v8::DictionaryTemplate>(isolate, shape)});
  if (napi_status status = give_to_environment(record.get()); status != napi_ok) return status;
  *result = reinterpret_cast<node_api_record_template>(record.release());
  return napi_ok;
}

napi_status create(napi_env env, node_api_record_template record, size_t count, const napi_value* values,
                   napi_value* result) {
  if (env == nullptr || record == nullptr || values == nullptr || result == nullptr) return napi_invalid_arg;
  auto* shape = reinterpret_cast<Template*>(record);
  if (count != shape->count) return napi_invalid_arg;
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  // V8 writes into the span: it replaces numbers by copies of its own.
  std::array<v8::MaybeLocal<v8::Value>, NODE_API_MAX_RECORD> properties;
  static_assert(sizeof(v8::MaybeLocal<v8::Value>) == sizeof(napi_value), "an absent value is no null pointer");
  std::memcpy(static_cast<void*>(properties.data()), values, count * sizeof(napi_value));
  v8::Local<v8::Object> object = shape->shape.Get(isolate)->NewInstance(
      isolate->GetCurrentContext(), v8::MemorySpan<v8::MaybeLocal<v8::Value>>(properties.data(), count));
  *result = to_napi(object);
  return napi_ok;
}

}  // namespace

extern const node_api_record_functions record = {create_template, create};

}  // namespace v8_gap
