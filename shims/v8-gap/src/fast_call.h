#pragma once

#include <v8.h>

// V8's description of a fast call. Node ships v8.h without v8-fast-api-calls.h, and exports the constructors:
// these declarations repeat what their layout is, for V8 13.6 (Node 24) and 14.6 (Node 26).
namespace v8 {

class CTypeInfo {
 public:
  enum class Type : uint8_t {
    kVoid,
    kBool,
    kUint8,
    kInt32,
    kUint32,
    kInt64,
    kUint64,
    kFloat32,
    kFloat64,
    kPointer,
    kV8Value,
    kSeqOneByteString,
  };

  explicit constexpr CTypeInfo(Type type) : type_(type) {}

 private:
  Type type_;
#if V8_MAJOR_VERSION < 14
  uint8_t sequence_type_ = 0;
#endif
  uint8_t flags_ = 0;
};

class V8_EXPORT CFunctionInfo {
 public:
  enum class Int64Representation : uint8_t { kNumber = 0, kBigInt = 1 };

  // The first argument is the receiver. `arguments` must outlive this.
  CFunctionInfo(const CTypeInfo& result, unsigned int count, const CTypeInfo* arguments,
                Int64Representation representation = Int64Representation::kNumber);

 private:
  const CTypeInfo result_;
  const Int64Representation representation_;
  const unsigned int count_;
  const CTypeInfo* arguments_;
};

class V8_EXPORT CFunction {
 public:
  CFunction(const void* address, const CFunctionInfo* types);

 private:
  const void* address_;
  const CFunctionInfo* types_;
};

#if V8_MAJOR_VERSION < 14
static_assert(sizeof(CTypeInfo) == 3);
#else
static_assert(sizeof(CTypeInfo) == 2);
#endif
static_assert(sizeof(CFunctionInfo) == 16 && sizeof(CFunction) == 16);

}  // namespace v8
