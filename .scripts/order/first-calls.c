// Loaded into Node by LD_PRELOAD: which functions of the addon are called until START seconds after it is loaded, and which
// in the STEADY seconds after that. The first byte of each is replaced by a breakpoint that its first call removes, so that
// each is noticed once, in whichever thread.
//
// ORDER_ADDON   the addon's path
// ORDER_SYMBOLS a file of the functions' addresses in it, in hexadecimal, a line each
// ORDER_OUT     the files to write are this and .start, this and .steady
// ORDER_START, ORDER_STEADY   seconds

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { MAX_FUNCTIONS = 1 << 16 };

static unsigned long offsets[MAX_FUNCTIONS];
static unsigned char first_bytes[MAX_FUNCTIONS];
static volatile char is_called[MAX_FUNCTIONS];
static int count;
static unsigned long base, code, code_end;
/** By the offset in the code: 1 + the number of the function that begins there. */
static int *function_at;

static void on_breakpoint(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  unsigned long at = registers[REG_RIP] - 1;
  if (at < code || at >= code_end || function_at[at - code] == 0) return;
  int function = function_at[at - code] - 1;
  *(volatile unsigned char *)at = first_bytes[function];
  is_called[function] = 1;
  registers[REG_RIP] = at;
}

static void set_breakpoints(void) {
  memset((void *)is_called, 0, sizeof is_called);
  for (int i = 0; i < count; i++) *(volatile unsigned char *)(base + offsets[i]) = 0xCC;
}

static void write_called(const char *phase) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%s", getenv("ORDER_OUT"), phase);
  FILE *file = fopen(path, "w");
  for (int i = 0; i < count; i++) if (is_called[i]) fprintf(file, "%lx\n", offsets[i]);
  fclose(file);
}

static void *watch(void *unused) {
  (void)unused;
  sleep(atoi(getenv("ORDER_START")));
  write_called("start");
  set_breakpoints();
  sleep(atoi(getenv("ORDER_STEADY")));
  write_called("steady");
  return NULL;
}

static void prepare(const char *addon) {
  char line[8192];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    unsigned long from, to;
    char rights[8];
    if (strstr(line, addon) == NULL || sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3) continue;
    if (base == 0) base = from;
    if (rights[2] == 'x') code = from, code_end = to;
  }
  fclose(maps);
  FILE *symbols = fopen(getenv("ORDER_SYMBOLS"), "r");
  while (count < MAX_FUNCTIONS && fscanf(symbols, "%lx", &offsets[count]) == 1) count++;
  fclose(symbols);
  function_at = calloc(code_end - code, sizeof *function_at);
  mprotect((void *)code, code_end - code, PROT_READ | PROT_WRITE | PROT_EXEC);
  for (int i = 0; i < count; i++) {
    first_bytes[i] = *(unsigned char *)(base + offsets[i]);
    function_at[base + offsets[i] - code] = i + 1;
  }
  struct sigaction action = {.sa_sigaction = on_breakpoint, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigaction(SIGTRAP, &action, NULL);
  set_breakpoints();
  pthread_t thread;
  pthread_create(&thread, NULL, watch, NULL);
}

void *dlopen(const char *path, int flags) {
  void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  void *library = real(path, flags);
  const char *addon = getenv("ORDER_ADDON");
  if (library != NULL && addon != NULL && path != NULL && base == 0 && strcmp(path, addon) == 0) prepare(addon);
  return library;
}

// A thread that blocks all signals would be killed by its first breakpoint.
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
  int (*real)(int, const sigset_t *, sigset_t *) = (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT, "pthread_sigmask");
  if (set == NULL || how == SIG_UNBLOCK) return real(how, set, old);
  sigset_t without = *set;
  sigdelset(&without, SIGTRAP);
  return real(how, &without, old);
}
