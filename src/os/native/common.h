// Argument checks and results shared by the parts of the helper. Nothing here knows a protocol.
//
// The one convention: a function gives its result, or a negative errno for anything the system may answer at run time
// (EAGAIN, EADDRINUSE, EAFNOSUPPORT, ...). It throws, with code, errno and syscall, only for what a correct program never
// does: wrong argument types, a descriptor that is not open or not of the right kind.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace os_native {

// Throws an Error with `code`, `errno` (negative, as Node's own errors have it) and `syscall`.
void ThrowSystemError(Napi::Env env, int error, const char* syscall);

// `result` when it is not negative, else -errno; throws for errors that only a defect of the caller can cause.
Napi::Value Outcome(Napi::Env env, long result, const char* syscall);

// Bytes of a Buffer or Uint8Array, seen in place; null and 0 for a JavaScript null.
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

// Reads the arguments of one call in order. After a failed check a TypeError is pending and ok() is false.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  int Descriptor();
  int Integer();
  uint32_t Unsigned();
  // A safe integer that is not negative, or -1 for null.
  int64_t PositionOrNull();
  Bytes Buffer();
  Bytes BufferOrNull();
  std::string String();

  bool ok() const { return ok_; }

 private:
  Napi::Value Next() { return info_[next_++]; }
  double Number(double lowest, double highest, const char* what);
  void Fail(const char* what);

  const Napi::CallbackInfo& info_;
  size_t next_ = 0;
  bool ok_ = true;
};

void ExportSockets(Napi::Env env, Napi::Object exports);
void ExportFiles(Napi::Env env, Napi::Object exports);
void ExportTty(Napi::Env env, Napi::Object exports);
void ExportFdWatcher(Napi::Env env, Napi::Object exports);

}  // namespace os_native
