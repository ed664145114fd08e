//go:build !purego

#include "textflag.h"

// func hashAES(states *State, n int, keys *[2]State, rounds int)
// AESENC takes several cycles but starts every cycle: eight independent states
// hide its latency.
TEXT ·hashAES(SB), NOSPLIT, $0-32
	MOVQ   states+0(FP), DI
	MOVQ   n+8(FP), SI
	MOVQ   keys+16(FP), DX
	MOVQ   rounds+24(FP), R8
	MOVOU  (DX), X8
	MOVOU  16(DX), X9

eight:
	CMPQ   SI, $8
	JLT    single
	MOVOU  (DI), X0
	MOVOU  16(DI), X1
	MOVOU  32(DI), X2
	MOVOU  48(DI), X3
	MOVOU  64(DI), X4
	MOVOU  80(DI), X5
	MOVOU  96(DI), X6
	MOVOU  112(DI), X7
	MOVQ   R8, CX

eightRound:
	AESENC X8, X0
	AESENC X8, X1
	AESENC X8, X2
	AESENC X8, X3
	AESENC X8, X4
	AESENC X8, X5
	AESENC X8, X6
	AESENC X8, X7
	AESENC X9, X0
	AESENC X9, X1
	AESENC X9, X2
	AESENC X9, X3
	AESENC X9, X4
	AESENC X9, X5
	AESENC X9, X6
	AESENC X9, X7
	DECQ   CX
	JNZ    eightRound
	MOVOU  X0, (DI)
	MOVOU  X1, 16(DI)
	MOVOU  X2, 32(DI)
	MOVOU  X3, 48(DI)
	MOVOU  X4, 64(DI)
	MOVOU  X5, 80(DI)
	MOVOU  X6, 96(DI)
	MOVOU  X7, 112(DI)
	ADDQ   $128, DI
	SUBQ   $8, SI
	JMP    eight

single:
	TESTQ  SI, SI
	JZ     done
	MOVOU  (DI), X0
	MOVQ   R8, CX

singleRound:
	AESENC X8, X0
	AESENC X9, X0
	DECQ   CX
	JNZ    singleRound
	MOVOU  X0, (DI)
	ADDQ   $16, DI
	DECQ   SI
	JMP    single

done:
	RET
