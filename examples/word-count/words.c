// Counts the lines, words and bytes of standard input, as wc does.
#include "../wasi.h"

static char buffer[65536];

EXPORT(_start) void start(void) {
  u64 lines = 0, words = 0, bytes = 0;
  int in_word = 0;
  for (;;) {
    Vector vector = {buffer, sizeof buffer};
    u32 count = 0;
    if (fd_read(STDIN, &vector, 1, &count) != 0) proc_exit(1);
    if (count == 0) break;
    bytes += count;
    for (u32 i = 0; i < count; i++) {
      int is_space = buffer[i] == ' ' || (buffer[i] >= '\t' && buffer[i] <= '\r');
      lines += buffer[i] == '\n';
      words += !is_space && !in_word;
      in_word = !is_space;
    }
  }
  put_number(STDOUT, lines);
  put(STDOUT, " ");
  put_number(STDOUT, words);
  put(STDOUT, " ");
  put_number(STDOUT, bytes);
  put(STDOUT, "\n");
}
