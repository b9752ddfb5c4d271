"""Makes reports into files, keeps the files, and tells where they are.

worker.py     the process that does the jobs of the queue
making.py     one job: from a report that was asked for to a file in the store
formats/      CSV, XLSX, Parquet: each writes rows as they come
store.py      where files are: a directory or an S3-compatible store
links.py      signed links to files
mail.py       mails: a link, or why there is none
mailing.py    the job that sends one
process.py    the worker as a child of the service
pages/        PDF

What a report holds is said in resolvers/reports.
"""
