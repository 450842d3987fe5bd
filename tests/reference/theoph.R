# Non-compartmental analysis of the twelve subjects of datasets::Theoph, written apart from ours: areas by adding up
# one trapezoid after the other, lines by lm(). Subjects 1 to 5 agree with the published output of Phoenix WinNonlin.
# Run: Rscript theoph.R
source("write.R")

trapezoids <- function(time, conc, is_log, until = Inf) {
  total <- 0
  for (i in seq_along(time)[-1]) {
    from <- time[i - 1]; to <- time[i]; high <- conc[i - 1]; low <- conc[i]
    if (from >= until) break
    falls <- is_log && low < high && low > 0
    if (to > until) {
      low <- if (falls) exp(approx(c(from, to), log(c(high, low)), until)$y) else approx(c(from, to), c(high, low), until)$y
      to <- until
    }
    total <- total + (to - from) * if (falls) (high - low) / log(high / low) else (high + low) / 2
  }
  total
}

rows <- list()
for (subject in 1:12) {
  own <- as.data.frame(subset(Theoph, Subject == as.character(subject)))
  own <- own[order(own$Time), ]
  time <- own$Time; conc <- own$conc
  tmax <- time[which.max(conc)]
  last <- max(which(conc > 0))
  points <- which(time > tmax & conc > 0)
  fits <- lapply(3:length(points), function(n) lm(log(conc[tail(points, n)]) ~ time[tail(points, n)]))
  r2 <- sapply(fits, function(fit) summary(fit)$adj.r.squared)
  slope <- sapply(fits, function(fit) unname(coef(fit)[2]))
  chosen <- max(which(slope < 0 & r2 > max(r2) - 1e-4))
  lambda_z <- -slope[chosen]
  linear <- trapezoids(time[1:last], conc[1:last], FALSE)
  log_down <- trapezoids(time[1:last], conc[1:last], TRUE)
  rows[[subject]] <- data.frame(
    subject = subject, cmax = max(conc), tmax = tmax, auc_last_linear = linear, auc_last_log_down = log_down,
    auc_inf_linear = linear + conc[last] / lambda_z, auc_inf_log_down = log_down + conc[last] / lambda_z,
    auc_0_24_log_down = trapezoids(time[1:last], conc[1:last], TRUE, 24),
    lambda_z = lambda_z, n_lambda_z = chosen + 2, r2_adjusted = r2[chosen], half_life = log(2) / lambda_z,
    n_of_best_r2 = which.max(r2) + 2, lambda_z_of_best_r2 = -slope[which.max(r2)])
}
write_reference(do.call(rbind, rows), "theoph.csv", "theoph.R", character())
