"""Header rows exactly as the field notes have them (section C4)."""

from __future__ import annotations

HEADERS = {
    "shopify_customers": (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,"
        "Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,"
        "Total Spent,Total Orders,Note,Tax Exempt,Tags"
    ),
    "shopify_customers_older": (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,"
        "Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags,Note,"
        "Tax Exempt"
    ),
    "shopify_orders": (
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
        "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
        "Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,"
        "Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,"
        "Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,"
        "Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,"
        "Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
        "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
        "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,"
        "Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,"
        "Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,"
        "Payment References"
    ),
    "shopify_products_new": (
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,"
        "Barcode,Option1 name,Option1 value,Option1 Linked To,Option2 name,Option2 value,Option2 Linked To,"
        "Option3 name,Option3 value,Option3 Linked To,Price,Compare-at price,Cost per item,Charge tax,Tax code,"
        "Unit price total measure,Unit price total measure unit,Unit price base measure,"
        "Unit price base measure unit,Inventory tracker,Inventory quantity,Continue selling when out of stock,"
        "Weight value (grams),Weight unit for display,Requires shipping,Fulfillment service,Product image URL,"
        "Image position,Image alt text,Variant image URL,Gift card,SEO title,SEO description"
    ),
    "shopify_products": (
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,"
        "Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,"
        "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,"
        "Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,"
        "Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,"
        "Google Shopping / Google Product Category,Google Shopping / Gender,Google Shopping / Age Group,"
        "Google Shopping / MPN,Google Shopping / Condition,Google Shopping / Custom Product,Variant Image,"
        "Variant Weight Unit,Variant Tax Code,Cost per item,Included / United States,Price / United States,"
        "Compare At Price / United States,Included / International,Price / International,"
        "Compare At Price / International,Status"
    ),
    "shopify_inventory": (
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,"
        "HS Code,COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),"
        "Committed (not editable),Available (not editable),On hand (current),On hand (new)"
    ),
    "square_customers": (
        "Reference ID,First Name,Last Name,Email Address,Phone Number,Nickname,Company Name,Street Address 1,"
        "Street Address 2,City,State,Postal Code,Birthday,Memo,Square Customer ID,Creation Source,First Visit,"
        "Last Visit,Transaction Count,Lifetime Spend,Email Subscription Status,Instant Profile,"
        "Blocked from online booking"
    ),
    "square_items": (
        "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,"
        "Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,"
        "Customer ID,Customer Name,Customer Reference ID,Unit,Count,GTIN,Itemization Type,Commission,Employee,"
        "Fulfillment Note,Channel,Token,Card Brand,PAN Suffix"
    ),
    "square_transactions": (
        "Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,"
        "Partial Refunds,Total Collected,Source,Card,Card Entry Methods,Cash,Square Gift Card,Other Tender,"
        "Other Tender Type,Tender Note,Fees,Net Total,Transaction ID,Payment ID,Card Brand,PAN Suffix,"
        "Device Name,Staff Name,Staff ID,Details,Description,Event Type,Location,Dining Option,Customer ID,"
        "Customer Name,Customer Reference ID,Device Nickname,Third Party Fees,Deposit ID,Deposit Date,"
        "Deposit Details,Fee Percentage Rate,Fee Fixed Rate,Refund Reason,Discount Name,Transaction Status,"
        "Cash App,Order Reference ID,Fulfillment Note,Free Processing Applied,Channel,Unattributed Tips,"
        "Table Info,International Fee"
    ),
    "square_catalog": (
        "Token,Item Name,Customer-facing Name,Variation Name,Unit and Precision,SKU,Description,Categories,"
        "Reporting Category,SEO Title,SEO Description,Permalink,GTIN,Square Online Item Visibility,Item Type,"
        "Weight (lb),Price,Online Sale Price,Archived,Sellable,Stockable,Default Unit Cost,Default Vendor Name,"
        "Default Vendor Code,Current Quantity <Location>,New Quantity <Location>,Stock Alert Enabled <Location>,"
        "Stock Alert Count <Location>,Tax - <name> (<rate>%)"
    ),
}
"""Layout -> its header line."""
