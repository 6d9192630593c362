// Package hn is the HN province's dialect of the marketing MIS's socket messages.
//
// The names of its fields and its return codes are in the public message tables
// of the province [R]: transymd, transhms, spot_code, batch_no, order_no, zffs,
// bank_pay_mode, pay_classify, return_msg, and the codes from 11001 on. What the
// tables do not give is our own inference [I]: every byte of the frame, the
// widths, the code of success (00000), the order of fields, the values of zffs,
// and that 11020 (socket) is what a call says that failed half way.
//
// The dialect has no code for a meter-card customer, for "calculating", for a
// damaged request or for a reversal that is not possible: they are told as 11002
// (no right), 11020, silence and 11009 (no record).
package hn
