// Package s2 is the dialect of the card-meter system that speaks JSON in the frames of
// the S2 kiosk interface. It owns the frame and the layouts; the client is the package
// above it.
//
// # Frame [R]
//
//	magic   00 85 24 56
//	type    1 byte: 01 heartbeat, 02 bind, 05 business
//	flag    1 byte: bit 0 gzip, bit 1 AES
//	length  4 bytes, high byte first, of the body as it travels
//	body    JSON: requestId, businessType, businessMethod, jsonData
//
// A connection stays open and carries several calls at a time; an answer is known by its
// requestId. A heartbeat has no body and is answered by one.
//
// # What is ours [I]
//
// The reference gives the names of services and of some fields, the status "0000" and the
// codes of cards that are refused. It gives neither the mode of AES nor the fields of
// every service. Here a body is compressed first and then sealed with AES-GCM: 12 bytes of
// nonce, the text, 16 bytes of tag, with the frame's first six bytes as additional data.
// jsonData is a JSON text in a string; amounts are yuan with two decimals, energy is kWh
// with two. An answer has requestId, status, message and jsonData. The services marked *
// and the statuses that are not in the reference are ours too.
//
//	quote    icCardService.cardAnlyseAndCheck
//	sell     prepaidService.payBill
//	ask      commonService.getPayResult
//	reverse  prepaidService.payCancel *
//	steps    prepaidService.writeUp
//	report   prepaidService.writeCardCallback
//	totals   cashChkFeeService.query
//
// With a key a frame that is not sealed is refused, and so is a sealed one without.
// Type 02 is not used: the key comes from a file.
//
// # History
//
//	1  2026-11: first.
package s2
