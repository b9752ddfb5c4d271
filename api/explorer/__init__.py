"""What a browser sees at /graphql: GraphiQL, with a query for every dashboard panel ready to run.

`explorer_page` answers with the page, `explorer_assets` serves its files. The files are built
from source/ by `make explorer` and committed, so that running the service takes Python alone
and the page works offline. To add an example, add a file to examples/.
"""

from api.explorer.page import explorer_page
from api.explorer.static import explorer_assets

__all__ = ["explorer_assets", "explorer_page"]
