// Package printer is the receipt-printer kind (XFS4IoT: Printer, receipt).
//
// A driver is a hal.Engine[Command, Event]. A print job has three outcomes, as
// any effect has: Printed (the printer confirmed that it processed all of it),
// NotPrinted (nothing came out), and Unsure (something may have come out). The
// owner decides whether to print again; a driver never repeats a job by itself.
package printer
