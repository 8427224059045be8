// Windows, built by mingw-w64: the functions of Node-API are imported at first use from "node.exe"; this hook answers
// with the running program, whatever its file is called (bun.exe, electron.exe, a renamed node).
#if defined(__MINGW32__)
#include <string.h>
#include <windows.h>

#include <delayimp.h>

static FARPROC WINAPI host_program(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleA(nullptr));
}

extern "C" {
PfnDliHook __pfnDliNotifyHook2 = host_program;
}
#endif
