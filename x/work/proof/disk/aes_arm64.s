//go:build !purego

#include "textflag.h"

// func hasAES() bool
// The AES field of ID_AA64ISAR0_EL1 is not 0. Linux (since 4.11) and the BSDs
// answer this for programs; Apple's processors all have AES, and macOS
// would refuse the question.
TEXT ·hasAES(SB), NOSPLIT, $0-1
#ifdef GOOS_darwin
	MOVD $1, R0
#else
	MRS  ID_AA64ISAR0_EL1, R0
	UBFX $4, R0, $4, R0
	CMP  $0, R0
	CSET NE, R0
#endif
	MOVB R0, ret+0(FP)
	RET

// func hashAES(states *State, n int, keys *[2]State, rounds int)
// AESE adds its key first, AESENC adds it last. So the second key goes in once before
// the loop, AESE takes (second, first), and the second key's copy comes off, as the
// last round's key, after it: s^k2, then (AESE k2, AESMC, AESE k1, AESMC)…, then ^k2.
TEXT ·hashAES(SB), NOSPLIT, $0-32
	MOVD states+0(FP), R0
	MOVD n+8(FP), R1
	MOVD keys+16(FP), R2
	MOVD rounds+24(FP), R3
	VLD1 (R2), [V8.B16, V9.B16]

eight:
	CMP  $8, R1
	BLT  single
	MOVD R0, R5
	VLD1.P 64(R5), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1   (R5), [V4.B16, V5.B16, V6.B16, V7.B16]
	VEOR V9.B16, V0.B16, V0.B16
	VEOR V9.B16, V1.B16, V1.B16
	VEOR V9.B16, V2.B16, V2.B16
	VEOR V9.B16, V3.B16, V3.B16
	VEOR V9.B16, V4.B16, V4.B16
	VEOR V9.B16, V5.B16, V5.B16
	VEOR V9.B16, V6.B16, V6.B16
	VEOR V9.B16, V7.B16, V7.B16
	MOVD R3, R4

eightRound:
	AESE  V9.B16, V0.B16
	AESMC V0.B16, V0.B16
	AESE  V9.B16, V1.B16
	AESMC V1.B16, V1.B16
	AESE  V9.B16, V2.B16
	AESMC V2.B16, V2.B16
	AESE  V9.B16, V3.B16
	AESMC V3.B16, V3.B16
	AESE  V9.B16, V4.B16
	AESMC V4.B16, V4.B16
	AESE  V9.B16, V5.B16
	AESMC V5.B16, V5.B16
	AESE  V9.B16, V6.B16
	AESMC V6.B16, V6.B16
	AESE  V9.B16, V7.B16
	AESMC V7.B16, V7.B16
	AESE  V8.B16, V0.B16
	AESMC V0.B16, V0.B16
	AESE  V8.B16, V1.B16
	AESMC V1.B16, V1.B16
	AESE  V8.B16, V2.B16
	AESMC V2.B16, V2.B16
	AESE  V8.B16, V3.B16
	AESMC V3.B16, V3.B16
	AESE  V8.B16, V4.B16
	AESMC V4.B16, V4.B16
	AESE  V8.B16, V5.B16
	AESMC V5.B16, V5.B16
	AESE  V8.B16, V6.B16
	AESMC V6.B16, V6.B16
	AESE  V8.B16, V7.B16
	AESMC V7.B16, V7.B16
	SUBS  $1, R4
	BNE   eightRound
	VEOR V9.B16, V0.B16, V0.B16
	VEOR V9.B16, V1.B16, V1.B16
	VEOR V9.B16, V2.B16, V2.B16
	VEOR V9.B16, V3.B16, V3.B16
	VEOR V9.B16, V4.B16, V4.B16
	VEOR V9.B16, V5.B16, V5.B16
	VEOR V9.B16, V6.B16, V6.B16
	VEOR V9.B16, V7.B16, V7.B16
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0)
	VST1.P [V4.B16, V5.B16, V6.B16, V7.B16], 64(R0)
	SUB  $8, R1
	B    eight

single:
	CBZ  R1, done
	VLD1 (R0), [V0.B16]
	VEOR V9.B16, V0.B16, V0.B16
	MOVD R3, R4

singleRound:
	AESE  V9.B16, V0.B16
	AESMC V0.B16, V0.B16
	AESE  V8.B16, V0.B16
	AESMC V0.B16, V0.B16
	SUBS  $1, R4
	BNE   singleRound
	VEOR V9.B16, V0.B16, V0.B16
	VST1.P [V0.B16], 16(R0)
	SUB  $1, R1
	B    single

done:
	RET
