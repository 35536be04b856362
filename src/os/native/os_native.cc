#include "common.h"

#include <uv.h>

#include <cerrno>
#include <cmath>
#include <limits>
#include <string>

namespace os_native {

namespace {

// Only these are never an answer of the outside world to a correct caller.
bool IsDefect(int error) { return error == EBADF || error == EFAULT || error == ENOTSOCK; }

}  // namespace

void ThrowSystemError(Napi::Env env, int error, const char* syscall) {
  const std::string code = uv_err_name(-error);
  Napi::Error failure = Napi::Error::New(env, code + ": " + uv_strerror(-error) + ", " + syscall);
  failure.Set("code", Napi::String::New(env, code));
  failure.Set("errno", Napi::Number::New(env, -error));
  failure.Set("syscall", Napi::String::New(env, syscall));
  failure.ThrowAsJavaScriptException();
}

Napi::Value Outcome(Napi::Env env, long result, const char* syscall) {
  if (result >= 0) return Napi::Number::New(env, static_cast<double>(result));
  const int error = errno;
  if (!IsDefect(error)) return Napi::Number::New(env, -error);
  ThrowSystemError(env, error, syscall);
  return env.Undefined();
}

void Arguments::Fail(const char* what) {
  if (!ok_) return;
  ok_ = false;
  Napi::Env env = info_.Env();
  Napi::TypeError failure =
      Napi::TypeError::New(env, "argument " + std::to_string(next_) + " must be " + what);
  failure.Set("code", Napi::String::New(env, "ERR_INVALID_ARG_TYPE"));
  failure.ThrowAsJavaScriptException();
}

double Arguments::Number(double lowest, double highest, const char* what) {
  const Napi::Value value = Next();
  if (ok_ && value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= lowest && number <= highest && std::trunc(number) == number) return number;
  }
  Fail(what);
  return 0;
}

int Arguments::Descriptor() {
  return static_cast<int>(Number(0, std::numeric_limits<int>::max(), "a file descriptor"));
}

int Arguments::Integer() {
  return static_cast<int>(
      Number(std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), "a 32-bit integer"));
}

uint32_t Arguments::Unsigned() {
  return static_cast<uint32_t>(
      Number(0, std::numeric_limits<uint32_t>::max(), "an unsigned 32-bit integer"));
}

int64_t Arguments::PositionOrNull() {
  if (info_[next_].IsNull()) {
    ++next_;
    return -1;
  }
  return static_cast<int64_t>(Number(0, 9007199254740991.0, "a position or null"));
}

Bytes Arguments::Buffer() {
  const Napi::Value value = Next();
  if (!ok_ || !value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    Fail("a Buffer");
    return {};
  }
  Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Bytes Arguments::BufferOrNull() {
  if (!info_[next_].IsNull()) return Buffer();
  ++next_;
  return {};
}

std::string Arguments::String() {
  const Napi::Value value = Next();
  if (ok_ && value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    if (text.find('\0') == std::string::npos) return text;
  }
  Fail("a string without NUL");
  return {};
}

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ExportSockets(env, exports);
  ExportFiles(env, exports);
  ExportTty(env, exports);
  ExportFdWatcher(env, exports);
  return exports;
}

}  // namespace

}  // namespace os_native

// Found through the module's well-known symbol, so worker threads can load it again.
static Napi::Object Initialise(Napi::Env env, Napi::Object exports) { return os_native::Init(env, exports); }
NODE_API_MODULE(os_native, Initialise)
