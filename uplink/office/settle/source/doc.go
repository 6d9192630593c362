// Package source fetches the books of the systems outside: the file in which one of them
// says what it believes of a business date. It owns where such a file lies and how it
// comes, and reads nothing of its content, which payments/reconcile/form does.
//
//	file:///dir                a folder of this machine
//	sftp://user@host:port/dir  a folder of the other side, by SFTP, whose host key is pinned
//	tcp://host:port            the other side's day-book service
//
// # Names in folders
//
// A file is found by its name, in which the business date stands:
//
//	104 (mis, cardsystem)  {channel}_{terminal}_{class}_{settle mode}_{unit}_{yyyyMMdd}_{yyyyMMdd}{seq}.txt,
//	                       in the folder, and in dz/yff, dz/hff, yff and hff below it
//	POSP detail (posp)     POSDTLFILE{yyyyMMdd} or POSDTLFILE_{yyyyMMdd}, both also with .txt
//	acquirer               {merchant}_{yyyyMMdd}_业务明细.csv of Alipay, {merchant}All{yyyy-MM-dd}.csv
//	                       of WeChat Pay
//	bank                   {anything}_{yyyyMMdd}.csv
//
// The 104-column form has a file for each terminal, class and settle mode: all of a date
// are one book, one after the other. The last two digits are taken to count deliveries of
// the same file, of which the last one counts. Of the other forms there is one file a
// date; two are an error, as nobody here can say which holds.
//
// A setting pattern=NAME in the URL takes the place of these names: {date} in it is
// yyyyMMdd, {day} yyyy-MM-dd, and * any characters.
//
// Whoever lays a file down gives it its name last (name.tmp, then rename). A file that
// changes while it is read is an error. So a file is whole, and one without a byte is the
// book of a day without payments.
//
// # The day-book service
//
// One request a connection: BOOK KIND YYYYMMDD and a line feed, KIND as form names it. The
// answer is OK BYTES SHA256 and a line feed, and then so many bytes; or NONE, while there is
// no book of that date yet; or ERROR and a reason. A book that is cut off on the way, or
// differs from its digest, ends in an error and never at io.EOF.
//
// Everything is bounded: how long the other side may be silent, how long a book may take,
// how large it may be, and how many files make it up.
package source
