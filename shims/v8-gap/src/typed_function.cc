// Contract: table/src/typed_function.rs.
#include "callback.h"
#include "extensions.h"
#include "fast_call.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace v8_gap {

namespace {

// Arguments that still travel in registers or a few stack slots.
constexpr size_t kMostArguments = 8;

// The types of one kind of function. V8 may look at them as long as it may compile a call.
struct Types {
  std::vector<v8::CTypeInfo> arguments;
  std::unique_ptr<v8::CFunctionInfo> info;
};

std::optional<v8::CTypeInfo> to_v8(node_api_type type) {
  using Type = v8::CTypeInfo::Type;
  switch (type) {
    case node_api_type_void:
      return v8::CTypeInfo(Type::kVoid);
    case node_api_type_bool:
      return v8::CTypeInfo(Type::kBool);
    case node_api_type_int32:
      return v8::CTypeInfo(Type::kInt32);
    case node_api_type_uint32:
      return v8::CTypeInfo(Type::kUint32);
    case node_api_type_double:
      return v8::CTypeInfo(Type::kFloat64);
    case node_api_type_one_byte_string:
      return v8::CTypeInfo(Type::kSeqOneByteString);
    case node_api_type_value:
      return v8::CTypeInfo(Type::kV8Value);
  }
  return std::nullopt;
}

bool is_result(node_api_type type) {
  return type != node_api_type_one_byte_string && type != node_api_type_value && to_v8(type).has_value();
}

bool is_argument(node_api_type type) { return type != node_api_type_void && to_v8(type).has_value(); }

// One for each signature of the process, never freed: a compiler thread may read it after its environment has ended.
const v8::CFunctionInfo* types_of(const node_api_typed_function_definition* definition) {
  static std::mutex mutex;
  static auto* known = new std::map<std::vector<int>, Types>();
  std::vector<int> key = {static_cast<int>(definition->result)};
  for (size_t index = 0; index < definition->argc; index++) key.push_back(static_cast<int>(definition->arguments[index]));

  std::lock_guard<std::mutex> lock(mutex);
  Types& types = (*known)[key];
  if (types.info == nullptr) {
    types.arguments.push_back(v8::CTypeInfo(v8::CTypeInfo::Type::kV8Value));
    for (size_t index = 0; index < definition->argc; index++) {
      types.arguments.push_back(*to_v8(definition->arguments[index]));
    }
    types.info = std::make_unique<v8::CFunctionInfo>(
        *to_v8(definition->result), static_cast<unsigned>(types.arguments.size()), types.arguments.data());
  }
  return types.info.get();
}

void Slow(const Info& info) {
  call(info, nullptr, *static_cast<Function*>(info.Data().As<v8::External>()->Value()));
}

napi_status create(napi_env env, const node_api_typed_function_definition* definition, napi_value* result) {
  if (env == nullptr || definition == nullptr || result == nullptr) return napi_invalid_arg;
  if (definition->utf8name == nullptr || definition->slow == nullptr) return napi_invalid_arg;
  if (definition->argc > kMostArguments || !is_result(definition->result)) return napi_invalid_arg;
  if (definition->argc > 0 && definition->arguments == nullptr) return napi_invalid_arg;
  for (size_t index = 0; index < definition->argc; index++) {
    if (!is_argument(definition->arguments[index])) return napi_invalid_arg;
  }
  v8::Isolate* isolate = current_isolate();
  if (isolate == nullptr) return napi_generic_failure;
  if (napi_status status = can_run_javascript(env); status != napi_ok) return status;
  v8::Local<v8::String> name;
  if (!internalized(isolate, definition->utf8name, &name)) return napi_invalid_arg;

  int argc = static_cast<int>(definition->argc);
  auto slow = std::make_unique<Function>(Function{env, definition->slow, definition->data, argc});
  std::optional<v8::CFunction> fast;
  if (definition->fast != nullptr) fast.emplace(definition->fast, types_of(definition));
  auto shape = v8::FunctionTemplate::New(isolate, Slow, v8::External::New(isolate, slow.get()),
                                         v8::Local<v8::Signature>(), argc, v8::ConstructorBehavior::kThrow,
                                         v8::SideEffectType::kHasSideEffect, fast.has_value() ? &*fast : nullptr);
  shape->SetClassName(name);
  v8::TryCatch caught(isolate);
  v8::Local<v8::Function> function;
  if (!shape->GetFunction(isolate->GetCurrentContext()).ToLocal(&function)) return hand_over(env, caught);
  if (napi_status status = give_to_environment(slow.get()); status != napi_ok) return status;
  slow.release();
  *result = to_napi(function);
  return napi_ok;
}

}  // namespace

extern const node_api_typed_functions typed_function = {create};

}  // namespace v8_gap
