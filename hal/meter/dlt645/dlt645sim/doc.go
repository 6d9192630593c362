// Package dlt645sim is a simulated DL/T 645-2007 meter, byte for byte, as a
// hal.Peer: values by data identifier, a reply delay, faults (silent, refuse,
// noise, echo of an infrared head, a second meter on the line).
//
// It refuses to meter anything: tests and the lab set its values.
package dlt645sim
