// Package meter is the electricity-meter kind, as a handheld terminal reads it over
// RS-485 or infrared.
//
// A driver is a hal.Engine[Command, Event]. A command is one request to one meter
// and is answered by exactly one event with its ID: Done with what the meter said,
// or NotDone with the reason. Reading changes nothing in a meter, so a driver
// repeats a request that got no answer, a bounded number of times.
//
// Every value is an integer with its unit in the name of the Item: 0.01 kWh, fen.
//
// The package refuses to write into a meter: recharge, trip and parameter orders
// need keys of the utility, which no terminal holds.
package meter
