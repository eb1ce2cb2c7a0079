package cashflow

import (
	"fmt"
	"strings"
)

// macrsTables are the percentages of the general depreciation system as the
// Internal Revenue Service prints them (Publication 946, appendix A, tables A-1
// to A-5; Revenue Procedure 87-57), by convention and class. They follow from
// 200 % (150 % for 15 and 20 years) declining balance with a switch to straight
// line, each year rounded and carried, with two entries that the Service prints
// otherwise: 17.85 (7 years, second quarter) and 7.000 (20 years, first quarter).
var macrsTables = map[string]map[int]string{
	"half_year": {
		3:  "33.33 44.45 14.81 7.41",
		5:  "20.00 32.00 19.20 11.52 11.52 5.76",
		7:  "14.29 24.49 17.49 12.49 8.93 8.92 8.93 4.46",
		10: "10.00 18.00 14.40 11.52 9.22 7.37 6.55 6.55 6.56 6.55 3.28",
		15: "5.00 9.50 8.55 7.70 6.93 6.23 5.90 5.90 5.91 5.90 5.91 5.90 5.91 5.90 5.91 2.95",
		20: "3.750 7.219 6.677 6.177 5.713 5.285 4.888 4.522 4.462 4.461 4.462 4.461 4.462 4.461 4.462 4.461 4.462 4.461 4.462 4.461 2.231",
	},
	"mid_quarter 1": {
		3:  "58.33 27.78 12.35 1.54",
		5:  "35.00 26.00 15.60 11.01 11.01 1.38",
		7:  "25.00 21.43 15.31 10.93 8.75 8.74 8.75 1.09",
		10: "17.50 16.50 13.20 10.56 8.45 6.76 6.55 6.55 6.56 6.55 0.82",
		15: "8.75 9.13 8.21 7.39 6.65 5.99 5.90 5.91 5.90 5.91 5.90 5.91 5.90 5.91 5.90 0.74",
		20: "6.563 7.000 6.482 5.996 5.546 5.130 4.746 4.459 4.459 4.459 4.459 4.460 4.459 4.460 4.459 4.460 4.459 4.460 4.459 4.460 0.565",
	},
	"mid_quarter 2": {
		3:  "41.67 38.89 14.14 5.30",
		5:  "25.00 30.00 18.00 11.37 11.37 4.26",
		7:  "17.85 23.47 16.76 11.97 8.87 8.87 8.87 3.34",
		10: "12.50 17.50 14.00 11.20 8.96 7.17 6.55 6.55 6.56 6.55 2.46",
		15: "6.25 9.38 8.44 7.59 6.83 6.15 5.91 5.90 5.91 5.90 5.91 5.90 5.91 5.90 5.91 2.21",
		20: "4.688 7.148 6.612 6.116 5.658 5.233 4.841 4.478 4.463 4.463 4.463 4.463 4.463 4.463 4.462 4.463 4.462 4.463 4.462 4.463 1.673",
	},
	"mid_quarter 3": {
		3:  "25.00 50.00 16.67 8.33",
		5:  "15.00 34.00 20.40 12.24 11.30 7.06",
		7:  "10.71 25.51 18.22 13.02 9.30 8.85 8.86 5.53",
		10: "7.50 18.50 14.80 11.84 9.47 7.58 6.55 6.55 6.56 6.55 4.10",
		15: "3.75 9.63 8.66 7.80 7.02 6.31 5.90 5.90 5.91 5.90 5.91 5.90 5.91 5.90 5.91 3.69",
		20: "2.813 7.289 6.742 6.237 5.769 5.336 4.936 4.566 4.460 4.460 4.460 4.460 4.461 4.460 4.461 4.460 4.461 4.460 4.461 4.460 2.788",
	},
	"mid_quarter 4": {
		3:  "8.33 61.11 20.37 10.19",
		5:  "5.00 38.00 22.80 13.68 10.94 9.58",
		7:  "3.57 27.55 19.68 14.06 10.04 8.73 8.73 7.64",
		10: "2.50 19.50 15.60 12.48 9.98 7.99 6.55 6.55 6.56 6.55 5.74",
		15: "1.25 9.88 8.89 8.00 7.20 6.48 5.90 5.90 5.90 5.91 5.90 5.91 5.90 5.91 5.90 5.17",
		20: "0.938 7.430 6.872 6.357 5.880 5.439 5.031 4.654 4.458 4.458 4.458 4.458 4.458 4.458 4.458 4.458 4.458 4.459 4.458 4.459 3.901",
	},
}

// macrsPercentages returns the yearly percentages of a class. The convention is
// half_year or mid_quarter; the quarter (1 to 4) counts only for the latter.
func macrsPercentages(class int, convention string, quarter int) ([]real, error) {
	key := convention
	if convention == "mid_quarter" {
		key = fmt.Sprintf("%s %d", convention, quarter)
	}
	table, ok := macrsTables[key]
	if !ok {
		return nil, fmt.Errorf("the convention must be half_year, or mid_quarter with a quarter from 1 to 4")
	}
	line, ok := table[class]
	if !ok {
		return nil, fmt.Errorf("there is no table for %d years", class)
	}
	var all []real
	for _, text := range strings.Fields(line) {
		all = append(all, fromText(text))
	}
	return all, nil
}
