#!/bin/sh
# Makes bankkeys.txt: what the keys and cryptograms of a bank card must be, computed with
# openssl only (3.0, legacy provider for single DES). Run it in this folder:
#   ./bankkeys.sh > bankkeys.txt
# All keys and numbers are invented.
set -eu

hex() { printf '%s' "$1" | xxd -r -p; }
# tdes KEY32 DATA: two-key triple DES, ECB
tdes() { hex "$2" | openssl enc -des-ede -nopad -K "$1" -provider default -provider legacy | xxd -p -c 256; }
# des KEY16 IV DATA: single DES, CBC
des() { hex "$3" | openssl enc -des-cbc -nopad -K "$1" -iv "$2" -provider legacy -provider default | xxd -p -c 256; }
sm4() { hex "$2" | openssl enc -sm4-ecb -nopad -K "$1" | xxd -p -c 256; }
sm4cbc() { hex "$2" | openssl enc -sm4-cbc -nopad -K "$1" -iv 00000000000000000000000000000000 | xxd -p -c 256; }
sm4open() { hex "$2" | openssl enc -d -sm4-ecb -nopad -K "$1" | xxd -p -c 256; }
# xor A B: 16 digits each, by halves, since a shell's numbers have a sign
half() { printf '%s' "$1" | cut -c"$2"; }
xor() {
	printf '%08x%08x' $((0x$(half "$1" 1-8) ^ 0x$(half "$2" 1-8))) $((0x$(half "$1" 9-16) ^ 0x$(half "$2" 9-16)))
}
# retail KEY32 DATA (whole blocks): single DES over all but the last block, triple DES there
retail() {
	left=$(printf '%s' "$1" | cut -c1-16)
	head=$(printf '%s' "$2" | sed 's/.\{16\}$//')
	last=$(printf '%s' "$2" | sed 's/.*\(.\{16\}\)$/\1/')
	chain=0000000000000000
	if [ -n "$head" ]; then chain=$(des "$left" 0000000000000000 "$head" | sed 's/.*\(.\{16\}\)$/\1/'); fi
	tdes "$1" "$(xor "$chain" "$last")"
}

imk=0123456789abcdeffedcba9876543210
# PAN 6225880000000019, sequence 01: the last 16 digits of both, then their complement
y=2588000000001901
ny=da77ffffffffe6fe
card=$(tdes $imk $y$ny)
echo "card-des $card"
echo "card-sm4 $(sm4 $imk $y$ny)"

# ATC 0005
echo "session-common $(tdes "$card" 0005f0000000000000050f0000000000)"
echo "session-pboc $(tdes "$card" 0000000000000005000000000000fffa)"
sm4card=$(sm4 $imk $y$ny)
echo "session-sm4 $(sm4 "$sm4card" 0000000000000005000000000000fffa)"
# script key of EMV: from the cryptogram a1a2a3a4a5a6a7a8
echo "script-common $(tdes "$card" a1a2f0a4a5a6a7a8a1a20fa4a5a6a7a8)"

# ARQC: amount 128.50, other 0, country 0156, TVR 8000040000, currency 0156, date 261128,
# type 00, unpredictable number 01020304, AIP 1c00, ATC 0005, results 03a00000
said=0000000128500000000000000156800004000001562611280001020304
data=${said}1c00000503a00000
session=$(tdes "$card" 0000000000000005000000000000fffa)
# 37 bytes and 80: filled up to 40
echo "arqc-pboc $(retail "$session" "${data}800000")"
common=$(tdes "$card" 0005f0000000000000050f0000000000)
echo "arqc-common $(retail "$common" "${data}800000")"
s4=$(sm4 "$sm4card" 0000000000000005000000000000fffa)
echo "arqc-sm4 $(sm4cbc "$s4" "${data}8000000000000000000000" | sed 's/.*\(.\{32\}\)$/\1/' | cut -c1-16)"

# ARPC of method 1 for a1a2a3a4a5a6a7a8 and code "00" (3030)
echo "arpc-pboc $(tdes "$session" "$(xor a1a2a3a4a5a6a7a8 3030000000000000)")"
echo "arpc-sm4 $(sm4 "$s4" "$(xor a1a2a3a4a5a6a7a8 3030000000000000)0000000000000000" | cut -c1-16)"

# MAC of APPLICATION BLOCK 841e000004: header, ATC, cryptogram
script=841e0000040005a1a2a3a4a5a6a7a8
imac=1032547698badcfeefcdab8967452301
mkey=$(tdes "$(tdes $imac $y$ny)" 0000000000000005000000000000fffa)
echo "block-mac $(retail "$mkey" "${script}80" | cut -c1-8)"

# PIN 123456: 08, block of format 2, 80 and zeros, enciphered
ienc=23016745ab89efcddcfe98ba54761032
ekey=$(tdes "$(tdes $ienc $y$ny)" 0000000000000005000000000000fffa)
echo "pin-des $(tdes "$ekey" 0826123456ffffffff80000000000000)"
ekey4=$(sm4 "$(sm4 $ienc $y$ny)" 0000000000000005000000000000fffa)
echo "pin-sm4 $(sm4 "$ekey4" 0826123456ffffffff80000000000000)"

# SM4's own example (GB/T 32907-2016, annex A)
echo "sm4-example $(sm4 0123456789abcdeffedcba9876543210 0123456789abcdeffedcba9876543210)"
echo "sm4-opened $(sm4open 0123456789abcdeffedcba9876543210 00112233445566778899aabbccddeeff)"
