# Write a table as CSV with all the digits of a double, under a line that says what made it.
write_reference <- function(table, file, script, packages) {
  versions <- vapply(packages, function(p) paste(p, packageVersion(p)), "")
  numeric <- vapply(table, is.numeric, TRUE)
  table[numeric] <- lapply(table[numeric], function(x) ifelse(is.na(x), "", sprintf("%.17g", x)))
  made_by <- paste0("# made by ", script, " with R ", getRversion(),
                    if (length(versions)) paste0(", ", paste(versions, collapse = ", ")))
  writeLines(made_by, file)
  suppressWarnings(write.table(table, file, append = TRUE, sep = ",", quote = FALSE, row.names = FALSE))
}

joined <- function(values) paste(sprintf("%.17g", values), collapse = ";")
