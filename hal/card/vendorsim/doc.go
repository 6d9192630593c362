// Package vendorsim is a maker's library that works meter cards, with the reader that it
// is for, and the child process that loads it: a simulator of what package vendor drives.
//
// [Library] is the library: functions in the manner of those that makers deliver, which
// take and give texts and return a code. It has the keys of the cards of meterissuersim.
//
//	EP_ReadCardNum   (out serial)                             of the card that is inside
//	EP_ReadUserInfo  (serial, out param, purse, returned)     the files of a processor card
//	EP_ReadCard      (out serial, form, kind, meter, customer, count, amount, loaded, left)
//	EP_WriteUserInfo (flag, division, serial, purse)          all but the purse
//	EP_WritePurse    (serial, purse)                          of the card that WriteUserInfo wrote
//
//	codes  0 done, 1000 reader, 1001 no card, 1002 the card does not answer, 1021 arguments,
//	       1022 the card does not prove itself, 1028 another card, 1033 not read, 1040 not
//	       written, 1045 the encryption service does not answer
//
// [Device] is the child with the library: a hal.Peer that speaks the frames of package
// vendor, in virtual time. Before each order of the library to its reader the test has a
// say ([Device.Before]): it may crash the child, have it hang, or pull the card. What the
// library is told and tells can be changed ([Device.Told], [Device.Tell]).
//
// [Description] is its description. The same library can be called over a line of text
// ([Library.Serve]), so that one in C can stand in front of it.
package vendorsim
