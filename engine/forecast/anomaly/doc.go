// Package anomaly watches a live series and says of each new value how unusual
// it is together with those just before it, from what the series itself did
// lately: no training set, no thresholds of the value's own unit, no look ahead.
package anomaly
