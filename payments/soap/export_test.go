package soap

// ReadAnswer is read, for the fuzz target.
var ReadAnswer = read
