// Package mis is the client side of the power company's marketing MIS
// (电力营销 MIS): one model of its operations, whatever interface carries them.
// mis/socket carries them over a socket in SG186-type messages, mis/tuxedo through the
// client library of a Tuxedo domain, mis/soap to a web service.
//
// Every operation that moves money ends in one of three outcomes: done, not
// done, unknown. The package never guesses: a lost reply is unknown, and only
// Ask (with the serial 流水号 of the lost call) or Reverse resolves it.
package mis
