// Terminals. Uses the kernel's own termios2 for free choice of speed, so <termios.h> must stay out of this file.
#include "common.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace os_native {

namespace {

// [master, slave, slave path]. Both ends are non-blocking and closed on exec.
Napi::Value OpenPty(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (master < 0) return Outcome(env, -1, "posix_openpt");
  char path[64];
  int slave = -1;
  if (::grantpt(master) == 0 && ::unlockpt(master) == 0 && ::ptsname_r(master, path, sizeof path) == 0) {
    slave = ::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  }
  if (slave < 0) {
    const int error = errno;
    ::close(master);
    errno = error;
    return Outcome(env, -1, "openpty");
  }
  Napi::Array result = Napi::Array::New(env, 3);
  result.Set(0u, Napi::Number::New(env, master));
  result.Set(1u, Napi::Number::New(env, slave));
  result.Set(2u, Napi::String::New(env, path));
  return result;
}

Napi::Value SetLineDiscipline(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const int number = arguments.Integer();
  if (!arguments.ok()) return info.Env().Undefined();
  return Outcome(info.Env(), ::ioctl(fd, TIOCSETD, &number), "ioctl");
}

// Raw 8N1 without any flow control or echo; speed 0 leaves the speed alone.
Napi::Value SetRaw(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const int fd = arguments.Descriptor();
  const uint32_t baud = arguments.Unsigned();
  if (!arguments.ok()) return env.Undefined();
  termios2 settings = {};
  if (::ioctl(fd, TCGETS2, &settings) < 0) return Outcome(env, -1, "ioctl");
  settings.c_iflag = 0;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS);
  settings.c_cflag |= CS8 | CREAD | CLOCAL;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (baud != 0) {
    settings.c_cflag &= ~static_cast<tcflag_t>(CBAUD | (CBAUD << IBSHIFT));
    settings.c_cflag |= BOTHER;
    settings.c_ospeed = baud;
    settings.c_ispeed = baud;
  }
  return Outcome(env, ::ioctl(fd, TCSETS2, &settings), "ioctl");
}

}  // namespace

void ExportTty(Napi::Env env, Napi::Object exports) {
  exports.Set("openpty", Napi::Function::New(env, OpenPty, "openpty"));
  exports.Set("setLineDiscipline", Napi::Function::New(env, SetLineDiscipline, "setLineDiscipline"));
  exports.Set("setRaw", Napi::Function::New(env, SetRaw, "setRaw"));
}

}  // namespace os_native
