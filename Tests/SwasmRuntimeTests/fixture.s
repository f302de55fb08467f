# A module as the compiler would make it, by hand. Fixture.swift holds its bytes; after a change run
#   Tests/SwasmRuntimeTests/assemble-fixture
# Offsets in the data block are ContextLayout's for 1 memory, 2 tables, 1 imported function, 1 defined global.
  .intel_syntax noprefix
  .text

  .set MEMORY0, 144
  .set TABLE0, 160
  .set IMPORT0, 192
  .set GLOBAL0, 240
  .set LIBCALLS, 32
  .set TYPE_TO_I32, 4

trampolines:

entry_pair:                     # 1: (i32 i32) -> i32
  push rbx
  mov rbx, rsi
  mov r11, rdi
  mov edi, [rbx]
  mov esi, [rbx + 16]
  call r11
  mov [rbx], rax
  pop rbx
  ret

entry_none:                     # 2: () -> ()
  sub rsp, 8
  call rdi
  add rsp, 8
  ret

entry_one:                      # 3: (i32) -> i32, and 4: () -> i32
  push rbx
  mov rbx, rsi
  mov r11, rdi
  mov edi, [rbx]
  call r11
  mov [rbx], rax
  pop rbx
  ret

entry_six:                      # 5: (i32 * 6) -> i32
  push rbx
  mov rbx, rsi
  mov r11, rdi
  mov edi, [rbx]
  mov esi, [rbx + 16]
  mov edx, [rbx + 32]
  mov ecx, [rbx + 48]
  mov r8d, [rbx + 64]
  mov r9d, [rbx + 80]
  call r11
  mov [rbx], rax
  pop rbx
  ret

entry_nine:                     # 6: (i32 * 9) -> i32; the ninth is on the stack and popped by the callee
  push rbx
  mov rbx, rsi
  mov r11, rdi
  sub rsp, 16
  mov eax, [rbx + 128]
  mov [rsp], rax
  call r11
  mov [rbx], rax
  pop rbx
  ret

host_pair:
  sub rsp, 40
  mov [rsp], rdi
  mov [rsp + 16], rsi
  mov rdi, [r11 + 24]
  mov rdx, [r11 + 32]
  mov rsi, rsp
  call [r11 + 16]
  test eax, eax
  jne 1f
  mov eax, [rsp]
  add rsp, 40
  ret
1: ud2
  .byte 13

  .org 4096
text:
  .set data, text + 4096

import_stub:
  lea r11, [rip + data + IMPORT0]
  jmp [rip + data + IMPORT0 + 8]

f_add:
  lea eax, [rdi + rsi]
  ret

f_call_host:
  sub rsp, 8
  call [rip + data + IMPORT0]
  add rsp, 8
  ret

f_load:
  mov rcx, [rip + data + MEMORY0]
trap_load:
  mov eax, [rcx + rdi + 8]
  ret

f_div:
  mov eax, edi
  cdq
  idiv esi
  ret

f_div_r9:
  mov eax, edi
  mov r9d, esi
  xor edx, edx
  div r9d
  ret

f_unreachable:
  ud2
  .byte 1

f_recurse:
  push rbx
  push r12
  sub rsp, 72
  call f_recurse
recurse_return:
  add rsp, 72
  pop r12
  pop rbx
  ret

f_grow:
  sub rsp, 8
  mov edx, edi
  xor esi, esi
  lea rdi, [rip + data]
  call [rip + data + LIBCALLS]
  add rsp, 8
  ret

f_call_indirect:
  sub rsp, 8
  mov r9d, edi
  shl r9, 4
  mov rcx, [rip + data + TABLE0]
  cmp dword ptr [rcx + r9 + 8], TYPE_TO_I32
  jne 1f
  call [rcx + r9]
  add rsp, 8
  ret
1: ud2
  .byte 12, 9, 0, 0

f_answer:
  mov eax, 42
  ret

f_outer:
  push rbx
  sub rsp, 32
  call f_load
outer_return:
  add rsp, 32
  pop rbx
  ret

f_start:
  mov dword ptr [rip + data + GLOBAL0], 7
  ret

f_libcall:
  sub rsp, 8
  mov eax, edi
  lea rdi, [rip + data]
  lea r10, [rip + data + LIBCALLS]
  call [r10 + 8*rax]
  add rsp, 8
  ret

f_global:
  mov eax, [rip + data + GLOBAL0]
  ret

f_gs_load:
  mov eax, gs:[rdi]
  ret

f_ninth:
  mov eax, [rsp + 8]
  ret 16

f_outer_host:
  push rbx
  sub rsp, 16
  call f_call_host
outer_host_return:
  add rsp, 16
  pop rbx
  ret

# Saves two registers, probes the stack, takes a large frame.
f_large:
  push rbx
  push r12
  test [rsp - 0x100000], eax
  sub rsp, 0x140000
  mov [rsp], eax
  call f_large
large_return:
  add rsp, 0x140000
  pop r12
  pop rbx
  ret

f_wild:                         # reads an address that belongs to nobody
  mov rax, 0x10000
  mov eax, [rax]
  ret
text_end:
