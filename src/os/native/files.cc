// Descriptors of devices: open, read, write, ioctl, close. All non-blocking.
#include "common.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace os_native {

namespace {

Napi::Value Open(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string path = arguments.String();
  const int flags = arguments.Integer();
  if (!arguments.ok()) return info.Env().Undefined();
  // No creation here: devices exist or they do not. Without a mode, O_CREAT would take one from the stack.
  const int allowed = flags & ~(O_CREAT | O_TMPFILE);
  // O_NOCTTY: a daemon must not get a terminal line as its controlling terminal.
  return Outcome(info.Env(), ::open(path.c_str(), allowed | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), "open");
}

// With a position, pread: a queue file is read at 0 every time.
Napi::Value Read(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const Bytes into = arguments.Buffer();
  const int64_t position = arguments.PositionOrNull();
  if (!arguments.ok()) return info.Env().Undefined();
  const ssize_t length = position < 0 ? ::read(fd, into.data, into.length)
                                      : ::pread(fd, into.data, into.length, static_cast<off_t>(position));
  return Outcome(info.Env(), length, "read");
}

Napi::Value Write(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const Bytes bytes = arguments.Buffer();
  if (!arguments.ok()) return info.Env().Undefined();
  return Outcome(info.Env(), ::write(fd, bytes.data, bytes.length), "write");
}

// For requests that return at once and whose argument holds no pointer; the buffer is read and written in place.
Napi::Value Ioctl(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const uint32_t request = arguments.Unsigned();
  const Bytes argument = arguments.BufferOrNull();
  if (!arguments.ok()) return env.Undefined();
  // Newer request numbers carry the size of what the kernel touches; less than that would be memory corruption.
  if (_IOC_DIR(request) != _IOC_NONE && argument.length < _IOC_SIZE(request)) {
    ThrowSystemError(env, EINVAL, "ioctl");
    return env.Undefined();
  }
  return Outcome(env, ::ioctl(fd, static_cast<unsigned long>(request), argument.data), "ioctl");
}

Napi::Value CloseFd(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  if (!arguments.ok()) return info.Env().Undefined();
  const int result = ::close(fd);
  // On Linux the number is free again even after EINTR; trying again would close somebody else's.
  if (result < 0 && errno == EINTR) return Napi::Number::New(info.Env(), 0);
  return Outcome(info.Env(), result, "close");
}

}  // namespace

void ExportFiles(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, Open, "open"));
  exports.Set("read", Napi::Function::New(env, Read, "read"));
  exports.Set("write", Napi::Function::New(env, Write, "write"));
  exports.Set("ioctl", Napi::Function::New(env, Ioctl, "ioctl"));
  exports.Set("closeFd", Napi::Function::New(env, CloseFd, "closeFd"));
}

}  // namespace os_native
