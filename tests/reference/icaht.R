# Early neutropenia after cell therapy, days below the limits and grade, by zoo::na.approx and rle.
# Every count is a multiple of 10/uL, so that it does not matter which ones are rounded. Run: Rscript icaht.R
source("write.R")
suppressPackageStartupMessages(library(zoo))
set.seed(20260110)

# Runs below a limit, those joined that at most two days part; the joined run includes these days.
runs_below <- function(is_low) {
  codes <- rle(is_low)
  last <- cumsum(codes$lengths)
  first <- last - codes$lengths + 1
  is_short <- !codes$values & codes$lengths <= 2 & first > 1 & last < length(is_low)
  is_low[unlist(mapply(seq, first[is_short], last[is_short]))] <- TRUE
  codes <- rle(is_low)
  last <- cumsum(codes$lengths)
  data.frame(first = last - codes$lengths + 1, last = last, days = codes$lengths)[codes$values, ]
}

grade_early <- function(counts) {
  filled <- na.approx(counts, maxgap = 7, rule = 2, na.rm = FALSE)
  filled <- round(filled / 10) * 10
  is_known <- !is.na(filled)
  severe <- runs_below(is_known & filled <= 500)
  profound <- runs_below(is_known & filled <= 100)
  days_500 <- max(0, severe$days)
  days_100 <- max(0, profound$days)
  grade <- if (days_100 >= 14 || days_500 >= 31) 4
    else if (days_100 >= 7 || days_500 >= 14) 3
    else if (days_500 >= 7) 2
    else if (days_500 >= 1) 1
    else 0
  if (any(severe$first - 1 <= 3 & severe$last == max(which(is_known)))) grade <- 4
  c(days_500 = days_500, days_100 = days_100, grade = grade)
}

rows <- list()
for (i in 1:80) {
  last_day <- if (i %% 5 == 0) sample(6:29, 1) else 30
  nadir <- sample(0:14, 1)
  recovery <- nadir + sample(1:30, 1)
  depth <- sample(c(20, 60, 90, 150, 350, 480), 1)
  day <- 0:last_day
  level <- ifelse(day < nadir, 2500, ifelse(day < recovery, depth, 1800))
  counts <- pmax(0, round(level * exp(rnorm(length(day), 0, 0.5)) / 10) * 10)
  counts[runif(length(day)) < sample(c(0, 0.2, 0.5, 0.75), 1)] <- NA
  if (sum(!is.na(counts)) < 2) counts[c(1, length(counts))] <- c(2000, 300)
  rows[[i]] <- data.frame(profile = i, last_day = last_day,
                          counts = paste(ifelse(is.na(counts), "", counts), collapse = ";"),
                          t(grade_early(counts)))
}
write_reference(do.call(rbind, rows), "icaht.csv", "icaht.R", "zoo")
